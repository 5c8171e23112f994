import Foundation

/// The checkout that these tests were built from.
struct Checkout {
  struct File {
    /// As seen from the checkout's root.
    var path: String
    var text: String
    var name: String { path.split(separator: "/").last.map(String.init) ?? path }
    /// The target's folder under Sources or Tests.
    var target: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }
    var lines: [String] { text.components(separatedBy: "\n") }
  }

  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path)
  }
  static func read(_ path: String) throws -> File {
    File(path: path, text: try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8))
  }
  static func folders(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: root.appendingPathComponent(folder).path).filter { name in
      !name.hasPrefix(".")
    }.sorted()
  }
  /// Files under `folder` whose name ends in one of `extensions`, in order; hidden folders are left out.
  static func files(in folder: String, _ extensions: String...) throws -> [File] {
    let base = root.appendingPathComponent(folder)
    let found = FileManager.default.enumerator(atPath: base.path)?.compactMap { $0 as? String } ?? []
    return try found.sorted().filter { path in
      extensions.contains { path.hasSuffix("." + $0) } && !path.split(separator: "/").contains { $0.hasPrefix(".") }
    }.map { try read(folder + "/" + $0) }
  }
  /// All Swift code of the targets.
  static func sources() throws -> [File] { try files(in: "Sources", "swift") }

  /// The file's lines without comments and strings' contents, roughly: what a word must stand in to be code.
  static func code(of file: File) -> [(number: Int, text: String)] {
    var isInText = false
    var code: [(Int, String)] = []
    for (index, line) in file.lines.enumerated() {
      let isFence = line.contains("\"\"\"")
      if !isInText, !isFence { code.append((index + 1, strip(line))) }
      if isFence { isInText.toggle() }
    }
    return code
  }

  /// By bytes: a pattern takes a minute for all files.
  private static func strip(_ line: String) -> String {
    var code: [UInt8] = []
    var (isInString, isEscaped) = (false, false)
    for byte in line.utf8 {
      if isInString {
        isInString = isEscaped || byte != UInt8(ascii: "\"")
        isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
        continue
      }
      if byte == UInt8(ascii: "/"), code.last == byte { return String(decoding: code.dropLast(), as: UTF8.self) }
      isInString = byte == UInt8(ascii: "\"")
      code.append(byte)
    }
    return String(decoding: code, as: UTF8.self)
  }
}
