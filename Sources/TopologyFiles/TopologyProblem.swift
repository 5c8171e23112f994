/// One mistake: what it is, where, and what to do. Prints as one line, `what, file:line:column; remedy`.
public struct TopologyProblem: Hashable, Sendable, CustomStringConvertible {
  public var what: String
  public var file: String
  /// Counted from 1; nil where the whole file is meant.
  public var line: Int?
  /// Counted from 1, in Unicode scalars.
  public var column: Int?
  public var remedy: String

  public var description: String {
    let place = [line, column].compactMap { $0 }.map { ":\($0)" }.joined()
    return Self.onOneLine("\(what), \(file)\(place); \(remedy)")
  }

  /// Whatever text a file holds, its error stays one line: control characters are shown as escapes.
  private static func onOneLine(_ text: String) -> String {
    var line = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator:
        line.append(contentsOf: scalar.escaped(asASCII: true).unicodeScalars)
      default: line.append(scalar)
      }
    }
    return String(line)
  }
}
