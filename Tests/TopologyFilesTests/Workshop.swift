import Foundation
import TopologyFiles

/// A directory of its own with a small model in it, gone when the test is.
final class Workshop {
  let directory: String

  init() throws {
    directory = FileManager.default.temporaryDirectory.appendingPathComponent("offramp-\(UUID().uuidString)").path
    for folder in ["model", "empty"] {
      try FileManager.default.createDirectory(atPath: directory + "/" + folder, withIntermediateDirectories: true)
    }
    try write("model/manifest.json", #"{"format": 1, "exits": [{"accuracy": 0.8}, {"accuracy": 0.95}]}"#)
    try write(
      "model/table.json",
      #"{"format": 1, "blocks": [{"latency_s": [1, 2, 3, 4]}, {"alpha_s": 1, "beta_s": 1}]}"#)
    try write("model/short.json", #"{"format": 1, "blocks": [{"latency_s": [1, 2, 3, 4]}]}"#)
  }
  deinit { try? FileManager.default.removeItem(atPath: directory) }

  func write(_ name: String, _ text: String) throws { try write(name, bytes: Array(text.utf8)) }
  func write(_ name: String, bytes: [UInt8]) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: directory + "/" + name))
  }

  /// The problems of a topology of this text, one line each; none where it is sound.
  func problems(of text: String, checkingFiles: Bool = true) throws -> [TopologyProblem] {
    try problems(ofBytes: Array(text.utf8), checkingFiles: checkingFiles)
  }
  func problems(ofBytes bytes: [UInt8], checkingFiles: Bool = true) throws -> [TopologyProblem] {
    try write("topology.yaml", bytes: bytes)
    return problems(at: directory + "/topology.yaml", checkingFiles: checkingFiles)
  }
  func problems(at path: String, checkingFiles: Bool = true) -> [TopologyProblem] {
    do throws(TopologyError) {
      _ = try TopologyFile.read(path: path, policies: Checkout.policies, checkingFiles: checkingFiles)
      return []
    } catch {
      return error.problems
    }
  }
}
