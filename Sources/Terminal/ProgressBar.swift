/// A bar on a terminal that fills up; says nothing elsewhere.
public struct ProgressBar: Sendable {
  private let title: String
  private let isShown: Bool
  private var shown = ""

  /// Shown where standard error is a terminal; `isShown` decides otherwise.
  public init(_ title: String, isShown: Bool = Output.errors.isTerminal) {
    self.title = title
    self.isShown = isShown
  }

  /// Fills `share` of the bar, and says `note` behind it. Writes only what changed.
  public mutating func show(_ share: Double, _ note: String = "") {
    guard isShown else { return }
    let line = Self.line(title, share, note, columns: Output.errors.columns)
    guard line != shown else { return }
    shown = line
    Output.write("\r\(line)\u{1B}[K", to: .errors)
  }

  /// Takes the bar away, so that what is printed next begins on a clean line.
  public mutating func clear() {
    if !shown.isEmpty { Output.write("\r\u{1B}[K", to: .errors) }
    shown = ""
  }

  /// One line, shorter than the terminal is wide, which would scroll.
  static func line(_ title: String, _ share: Double, _ note: String, columns: Int) -> String {
    let width = 24
    let bounded = min(1, max(0, share.isFinite ? share : 0))
    let filled = Int((bounded * Double(width)).rounded(.down))
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
    let percent = "\(Int((bounded * 100).rounded(.down))) %"
    let text = "\(title) \(bar) \(String(repeating: " ", count: 5 - percent.count))\(percent)  \(note)"
    return String(text.prefix(max(20, columns - 1)))
  }
}
