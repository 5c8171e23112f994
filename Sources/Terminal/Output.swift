import Glibc

/// The two streams of a program, without Foundation.
public enum Output: Int32, Sendable {
  case standard = 1
  case errors = 2

  public var isTerminal: Bool { isatty(rawValue) == 1 }

  /// A whole line at once, unbuffered: a launcher waits for it, and threads may write at the same time.
  public static func printLine(_ line: String, to output: Output) { write(line + "\n", to: output) }

  /// Nothing is added; a reader that went away is no error.
  public static func write(_ text: String, to output: Output) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(output.rawValue, $0.baseAddress, $0.count) }
      guard count > 0 || errno == EINTR else { return }
      rest = rest.dropFirst(max(0, count))
    }
  }

  /// Columns of the terminal; 80 where there is none.
  public var columns: Int {
    var size = winsize()
    return ioctl(rawValue, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
  }
}
