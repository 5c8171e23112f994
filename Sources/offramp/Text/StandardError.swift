import Foundation

/// What people should see even where the output goes to a file.
enum StandardError {
  static func print(_ line: String) { write(line + "\n") }
  /// Nothing is added; a terminal that went away is no error.
  static func write(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }
}
