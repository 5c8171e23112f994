import Foundation
import Inference
import PlainJSON

/// The shipped model, and a directory of a test's own, gone when the test is.
final class Checkout {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path
  static let digits = root + "/Topologies/Models/digits"

  let directory: String
  init() throws {
    directory = FileManager.default.temporaryDirectory.appending(path: "offramp-profiling-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  }
  deinit { try? FileManager.default.removeItem(atPath: directory) }

  func path(_ name: String) -> String { "\(directory)/\(name)" }
  func write(_ bytes: [UInt8], as name: String) throws -> String {
    try FileBytes.write(bytes, to: path(name))
    return path(name)
  }
  func write(_ json: JSON, as name: String) throws -> String { try write(Array(json.pretty.utf8), as: name) }

  /// A copy of the shipped model whose manifest is edited.
  func model(editing edit: (String) -> String = { $0 }) throws -> String {
    try FileManager.default.copyItem(atPath: Self.digits, toPath: path("model"))
    let manifest = String(decoding: try FileBytes.read(Self.digits + "/manifest.json"), as: UTF8.self)
    _ = try write(Array(edit(manifest).utf8), as: "model/manifest.json")
    return path("model")
  }
}

extension JSON {
  /// This object with a member replaced, or added.
  func with(_ name: String, _ value: JSON) -> JSON {
    .object((members ?? []).filter { $0.name != name } + [JSON.Member(name, value)])
  }
}
