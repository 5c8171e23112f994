public import Foundation
import PlainJSON

/// Where a run's files are (shared contract: names do not change).
public struct RunDirectory: Hashable, Sendable {
  public var path: String
  public init(_ path: String) { self.path = path }

  public var url: URL { URL(filePath: path, directoryHint: .isDirectory) }
  public var topology: URL { url.appending(path: "topology.yaml") }
  public var description: URL { url.appending(path: "run.json") }
  public var verdict: URL { url.appending(path: "verdict.json") }
  public var summary: URL { url.appending(path: "summary.json") }
  public var traces: URL { url.appending(path: "traces", directoryHint: .isDirectory) }
  public var logs: URL { url.appending(path: "logs", directoryHint: .isDirectory) }
  public var tables: URL { url.appending(path: "tables", directoryHint: .isDirectory) }
  public var tasks: URL { tables.appending(path: "tasks.csv") }
  public var batches: URL { tables.appending(path: "batches.csv") }
  public var frames: URL { tables.appending(path: "frames.csv") }
  public var timeline: URL { url.appending(path: "timeline.perfetto.json") }
  /// The trace of `node`; `part` is how often the node was started when it wrote it.
  public func trace(of node: String, part: Int = 1) -> URL {
    traces.appending(path: NodeTrace.file(of: node, part: part))
  }
  public func log(of node: String) -> URL { logs.appending(path: "\(node).log") }

  /// Makes the directory and `traces/`, `logs/`, `tables/` in it, where they are missing.
  public func create() throws(RunError) {
    for directory in [traces, logs, tables] {
      do { try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true) } catch {
        throw RunError("cannot make the directory", at: directory.path, remedy: "choose a place that can be written")
      }
    }
  }

  /// Writes `run.json`.
  public func write(_ description: RunDescription) throws(RunError) {
    try Self.write(description.json.pretty, to: self.description)
  }

  /// Reads `run.json`; nil where there is none.
  public func readDescription() throws(RunError) -> RunDescription? {
    guard FileManager.default.fileExists(atPath: description.path) else { return nil }
    guard let bytes = try? Data(contentsOf: description) else {
      throw RunError("cannot read the run's description", at: description.path, remedy: "check that it may be read")
    }
    let json: JSON
    do { json = try JSON(utf8: bytes) } catch {
      throw RunError(
        "not JSON: \(error.message)", at: "\(description.path):\(error.line):\(error.column)",
        remedy: "correct the file or run again")
    }
    return try RunDescription(json, path: description.path)
  }

  /// The trace files, by name.
  func traceFiles() throws(RunError) -> [URL] {
    guard FileManager.default.fileExists(atPath: path) else {
      throw RunError("there is no such run", at: path, remedy: "give the directory that `offramp run` wrote")
    }
    let files = (try? FileManager.default.contentsOfDirectory(at: traces, includingPropertiesForKeys: nil)) ?? []
    let found = files.filter { $0.pathExtension == "jsonl" }.sorted { $0.lastPathComponent < $1.lastPathComponent }
    guard !found.isEmpty else {
      throw RunError("the run has no traces", at: traces.path, remedy: "run it again, or collect its nodes' traces")
    }
    return found
  }

  /// Whole or not at all: a reader never sees half a file.
  static func write(_ text: String, to file: URL) throws(RunError) { try write(Array(text.utf8), to: file) }
  static func write(_ bytes: [UInt8], to file: URL) throws(RunError) {
    do { try Data(bytes).write(to: file, options: .atomic) } catch {
      throw RunError("cannot write", at: file.path, remedy: "check free space and permissions")
    }
  }
}
