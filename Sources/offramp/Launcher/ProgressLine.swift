import Foundation
import Glibc
import Units

/// One line on a terminal that is written again and again; says nothing elsewhere.
struct ProgressLine {
  let isShown = isatty(2) == 1 && isatty(1) == 1
  /// Stands before whatever is shown.
  var label = ""
  private var isDirty = false

  mutating func show(_ text: String) {
    guard isShown else { return }
    // Longer than the terminal is wide, it would scroll.
    StandardError.write("\r\((label + text).prefix(max(20, Self.width - 1)))\u{1B}[K")
    isDirty = true
  }

  mutating func show(_ figures: RunProgressFigures, of duration: Duration) {
    let rate = figures.settled > 0 ? Self.fixed(100 * Double(figures.completed) / Double(figures.settled)) : "–"
    let mean = figures.batches > 0 ? Self.fixed(Double(figures.batched) / Double(figures.batches)) : "–"
    show(
      "\(Self.fixed(figures.elapsed)) of \(Self.fixed(duration.inSeconds)) s · \(figures.settled) tasks done · "
        + "\(rate) % in time · mean batch \(mean)")
  }

  /// Takes the line away, so that what is printed next begins on a clean one.
  mutating func clear() {
    if isDirty { StandardError.write("\r\u{1B}[K") }
    isDirty = false
  }

  private static func fixed(_ value: Double) -> String { String(format: "%.1f", value) }
  private static var width: Int {
    var size = winsize()
    return ioctl(2, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
  }
}
