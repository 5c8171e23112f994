import EdgeModel
import EdgeSimulation
import Foundation
import TraceAnalysis
import TraceLog

/// What the nodes of a simulated run record: in memory for the analysis, and in files where they are asked for.
final class VirtualTraces {
  /// Bytes that are gathered before they are written.
  private static let gathering = 1 << 20

  private struct File {
    var handle: FileHandle
    var path: String
    var waiting: [UInt8] = []
  }
  private(set) var records: [[StampedRecord]] = []
  private var files: [File] = []
  private var encoder = TraceEncoder()
  /// The first file that could not be written.
  private var failed: String?

  /// Makes the trace file of each node; records before this are in memory only.
  func open(_ nodes: [SimulatedNode], in directory: RunDirectory) throws(CommandFailure) {
    for node in nodes {
      let path = directory.trace(of: node.name).path
      guard FileManager.default.createFile(atPath: path, contents: nil), let handle = FileHandle(forWritingAtPath: path)
      else { throw Self.failure(path) }
      files.append(File(handle: handle, path: path))
    }
    for (node, known) in records.enumerated() { for stamped in known { encode(stamped, node) } }
  }

  func take(_ node: SimulatedNode.Index, _ instant: Instant, _ record: TraceRecord) {
    while records.count <= node { records.append([]) }
    let stamped = StampedRecord(sequence: records[node].count, instant: instant, record: record)
    records[node].append(stamped)
    if !files.isEmpty { encode(stamped, node) }
  }

  func close() throws(CommandFailure) {
    for node in files.indices {
      flush(node)
      try? files[node].handle.close()
    }
    if let failed { throw Self.failure(failed) }
  }

  private func encode(_ stamped: StampedRecord, _ node: Int) {
    files[node].waiting += encoder.encode(stamped.record, sequence: stamped.sequence, at: stamped.instant)
    if files[node].waiting.count >= Self.gathering { flush(node) }
  }

  private func flush(_ node: Int) {
    do { try files[node].handle.write(contentsOf: files[node].waiting) } catch { failed = failed ?? files[node].path }
    files[node].waiting.removeAll(keepingCapacity: true)
  }

  private static func failure(_ path: String) -> CommandFailure {
    CommandFailure("the trace cannot be written", at: path, remedy: "check free space and permissions", code: 2)
  }
}
