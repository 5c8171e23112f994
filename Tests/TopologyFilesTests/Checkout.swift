import Foundation
import TopologyFiles

/// The checkout that these tests were built from.
enum Checkout {
  static let policies = [
    "best-shelf-packing", "dynamic-batching", "equal-share", "exit-aware-shelf-packing", "external",
  ]

  static func path(_ relative: String) -> String {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return root.appendingPathComponent(relative).path
  }
  static func read(_ name: String) throws -> TopologyFile {
    try TopologyFile.read(path: path("Topologies/\(name).yaml"), policies: policies)
  }
}
