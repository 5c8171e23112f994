import Foundation

/// A directory of a test's own, gone with `remove`.
struct TemporaryDirectory {
  let path: String
  init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "offramp-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }
  func remove() { try? FileManager.default.removeItem(atPath: path) }
  func write(_ bytes: some Sequence<UInt8>, to name: String) throws {
    let url = URL(filePath: path).appending(path: name)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
  }
  func read(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path).appending(path: name))) }
  /// What is in `name`, sorted.
  func list(_ name: String = "") throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: URL(filePath: path).appending(path: name).path).sorted()
  }
}
