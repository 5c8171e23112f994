import Foundation
import TraceLog

/// Joins traces of nodes that were started by hand, perhaps on several hosts, into one run's directory.
public enum RunCollection {
  /// Copies every trace found in `directories` (each holds `traces/NODE.jsonl` or `NODE.jsonl`), the logs beside them,
  /// and `run.json` and `topology.yaml` where one of them has these, into `output`, and writes a `run.json` that the
  /// traces themselves describe where there is none. O(bytes). Nothing is written before all has been checked.
  public static func collect(_ directories: [String], into output: RunDirectory) throws(RunError) {
    guard !directories.isEmpty else {
      throw RunError("there is nothing to collect", at: output.path, remedy: "name the directories that hold traces")
    }
    var sources: [(file: URL, directory: String)] = []
    for directory in directories {
      for file in try traceFiles(in: directory) { sources.append((file, directory)) }
    }
    try checkNames(sources)
    var traces: [NodeTrace] = []
    for source in sources { traces.append(try TraceReader.read(source.file)) }
    try Run.checkOneRun(traces, in: output)
    let description = try description(in: directories, traces)
    try checkIsEmpty(output)
    try output.create()
    for source in sources { try copy(source.file, to: output.traces) }
    for directory in directories { try copyBeside(RunDirectory(directory), to: output) }
    try output.write(description)
  }

  private static func traceFiles(in directory: String) throws(RunError) -> [URL] {
    let run = RunDirectory(directory)
    guard FileManager.default.fileExists(atPath: directory) else {
      throw RunError("there is no such directory", at: directory, remedy: "name the directories that hold traces")
    }
    for place in [run.traces, run.url] {
      let files = (try? FileManager.default.contentsOfDirectory(at: place, includingPropertiesForKeys: nil)) ?? []
      let found = files.filter { $0.pathExtension == "jsonl" }
      if !found.isEmpty { return found.sorted { $0.lastPathComponent < $1.lastPathComponent } }
    }
    throw RunError("the directory has no traces", at: directory, remedy: "give the one that a node wrote NODE.jsonl to")
  }

  private static func checkNames(_ sources: [(file: URL, directory: String)]) throws(RunError) {
    var first: [String: String] = [:]
    for source in sources {
      let name = source.file.lastPathComponent
      if let other = first[name] {
        throw RunError(
          "two nodes wrote \(name), the other in \(other)", at: source.directory,
          remedy: "give every node a name of its own")
      }
      first[name] = source.directory
    }
  }

  /// The one that was written, or what the traces tell.
  private static func description(in directories: [String], _ traces: [NodeTrace]) throws(RunError) -> RunDescription {
    var found: (description: RunDescription, directory: String)?
    for directory in directories {
      guard let own = try RunDirectory(directory).readDescription() else { continue }
      if let found, found.description.run != own.run {
        throw RunError(
          "descriptions of different runs, \(found.description.run) in \(found.directory) and \(own.run)",
          at: directory,
          remedy: "collect the nodes of one run")
      }
      found = found ?? (own, directory)
    }
    guard let found else { return RunDescription(inferredFrom: traces) }
    if let header = traces.lazy.compactMap(\.header).first, header.run != found.description.run {
      throw RunError(
        "the traces are of run \(header.run), the description of \(found.description.run)", at: found.directory,
        remedy: "collect the nodes of one run")
    }
    return found.description
  }

  private static func checkIsEmpty(_ output: RunDirectory) throws(RunError) {
    let present = (try? FileManager.default.contentsOfDirectory(atPath: output.path)) ?? []
    guard present.isEmpty else {
      throw RunError("the output directory is not empty", at: output.path, remedy: "choose another, or remove it")
    }
  }

  private static func copyBeside(_ source: RunDirectory, to output: RunDirectory) throws(RunError) {
    let manager = FileManager.default
    if manager.fileExists(atPath: source.topology.path) && !manager.fileExists(atPath: output.topology.path) {
      try copy(source.topology, to: output.url)
    }
    for place in [source.logs, source.url] {
      let files = (try? manager.contentsOfDirectory(at: place, includingPropertiesForKeys: nil)) ?? []
      for log in files where log.pathExtension == "log" {
        let target = output.logs.appending(path: log.lastPathComponent)
        if !manager.fileExists(atPath: target.path) { try copy(log, to: output.logs) }
      }
    }
  }

  private static func copy(_ file: URL, to directory: URL) throws(RunError) {
    let target = directory.appending(path: file.lastPathComponent)
    do { try FileManager.default.copyItem(at: file, to: target) } catch {
      throw RunError("cannot copy \(file.path)", at: target.path, remedy: "check free space and permissions")
    }
  }
}
