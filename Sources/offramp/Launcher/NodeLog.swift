import Foundation

/// What a node left in its log.
enum NodeLog {
  /// Its last words for people: the last line that reports an error, else the last one that is no status line; nil where
  /// there is none.
  static func lastLine(of file: URL) -> String? {
    guard let handle = try? FileHandle(forReadingFrom: file) else { return nil }
    defer { try? handle.close() }
    guard let end = try? handle.seekToEnd() else { return nil }
    try? handle.seek(toOffset: end > 8192 ? end - 8192 : 0)
    let text = String(decoding: (try? handle.readToEnd()) ?? Data(), as: UTF8.self)
    let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty && StationStatus(line: $0) == nil }
    let chosen = lines.last { $0.hasPrefix("error:") } ?? lines.last
    return chosen.map { line in
      String((line.hasPrefix("error: ") ? String(line.dropFirst(7)) : line).prefix(500))
    }
  }
}
