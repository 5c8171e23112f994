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
    /// nil until its node lives: one that is planned to start again may not come to it.
    var handle: FileHandle?
    var path: String
    var waiting: [UInt8] = []
  }
  private(set) var records: [[StampedRecord]] = []
  private var files: [File] = []
  private var encoder = TraceEncoder()
  /// The first file that could not be written.
  private var failed: String?

  /// Makes the trace file of each node that lives from the start; records before this are in memory only.
  func open(_ nodes: [SimulatedNode], in directory: RunDirectory) throws(CommandFailure) {
    for node in nodes {
      let path = directory.trace(of: node.name, part: node.part).path
      files.append(File(handle: nil, path: path))
      guard node.part > 1 || create(files.count - 1) else { throw Self.failure(path) }
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
      try? files[node].handle?.close()
    }
    if let failed { throw Self.failure(failed) }
  }

  private func encode(_ stamped: StampedRecord, _ node: Int) {
    files[node].waiting += encoder.encode(stamped.record, sequence: stamped.sequence, at: stamped.instant)
    if files[node].waiting.count >= Self.gathering { flush(node) }
  }

  private func create(_ node: Int) -> Bool {
    guard FileManager.default.createFile(atPath: files[node].path, contents: nil) else { return false }
    files[node].handle = FileHandle(forWritingAtPath: files[node].path)
    return files[node].handle != nil
  }

  private func flush(_ node: Int) {
    guard !files[node].waiting.isEmpty else { return }
    do {
      if files[node].handle == nil, !create(node) { failed = failed ?? files[node].path }
      try files[node].handle?.write(contentsOf: files[node].waiting)
    } catch { failed = failed ?? files[node].path }
    files[node].waiting.removeAll(keepingCapacity: true)
  }

  private static func failure(_ path: String) -> CommandFailure {
    CommandFailure("the trace cannot be written", at: path, remedy: "check free space and permissions", code: 2)
  }
}
