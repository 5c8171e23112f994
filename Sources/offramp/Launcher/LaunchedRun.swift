import EdgeModel
import Foundation
import Glibc
import TopologyFiles
import TraceAnalysis

/// One live run, from its directory to its verdict.
struct LaunchedRun {
  private let checked: CheckedTopology
  private let programs: ProgramDirectory
  private let directory: RunDirectory
  private let id: String
  /// Of a sweep, which stays watchful between its runs; nil: the run has its own.
  private let signals: SignalPipe?
  /// What stands before the run's progress.
  private let label: String
  private let startedAt = Date()

  /// Makes the run's directory and starts nothing yet.
  init(_ checked: CheckedTopology, output: String?, signals: SignalPipe? = nil, label: String = "") throws {
    try LiveFaults.check(checked)
    self.checked = checked
    self.signals = signals
    self.label = label
    programs = try ProgramDirectory()
    try programs.check()
    let name = checked.topology.name
    directory = try output.map(OutputDirectory.make) ?? OutputDirectory.make(forRunOf: name, at: startedAt)
    let suffix = String(UInt16.random(in: .min ... .max), radix: 16)
    id = "\(name)-\(OutputDirectory.stamp(startedAt))-\(suffix)"
  }

  /// Runs, analyses, prints; throws what the exit code is to tell.
  func perform() throws {
    let (description, failure) = try live()
    try directory.write(description)
    do {
      let (summary, verdict) = try analyse(description)
      print(RunReport(summary, verdict), "\nrun: \(directory.path)", separator: "\n")
      try report(failure)
      if !verdict.isValid { throw CommandFailure(code: 3) }
    } catch let error as RunError {
      // The run's own failure says more than what then could not be read.
      try report(failure)
      throw CommandFailure(lines: [error.description], code: 2)
    }
  }

  /// The same without a word: what a run of a sweep came to.
  func performQuietly() throws -> (summary: RunSummary, verdict: Verdict) {
    let (description, failure) = try live()
    try directory.write(description)
    if let failure {
      _ = try? analyse(description)
      throw failure
    }
    return try analyse(description)
  }

  private func live() throws -> (RunDescription, RunFailure?) {
    let signals = self.signals ?? SignalPipe()
    let endpoints = LaunchedEndpoints(checked.topology)
    let lines = TopologyCommandLines(
      checked.topology, sha256: checked.file.sha256, traces: directory.traces.path, isLaunched: true)
    let station = lines.baseStation(run: id, at: endpoints.station, tellsStatus: true)
    func others(_ station: StationEndpoints) -> [NodeCommandLine] {
      checked.topology.workers.map { lines.worker($0, station: station.workers, at: endpoints.worker($0)) }
        + lines.emulators(station: station.devices)
    }

    let host = hostName()
    let nodes = ([station] + others(endpoints.station)).map { RunDescription.Node($0, host: host) }
    var description = RunDescription(checked, run: id, nodes: nodes)
    description.startedAt = startedAt.ISO8601Format()
    description.machine = .current
    try writeInputs(description)
    var supervisor = RunSupervisor(
      checked.topology, programs: programs, directory: directory, signals: signals, label: label)
    let before = CPUTimes()
    let failure = supervisor.run(station: station, others: others)
    if let before { description.steal = CPUTimes()?.steal(since: before) }
    for effect in supervisor.effects { description.faults[effect.fault].effect = effect.at }
    description.ends = supervisor.nodes.compactMap(\.end)
    description.interruption = failure?.cause
    if self.signals == nil { signals.release() }
    return (description, failure)
  }

  private func writeInputs(_ description: RunDescription) throws {
    do { try Data(checked.file.text.utf8).write(to: directory.topology) } catch {
      throw CommandFailure("cannot write", at: directory.topology.path, remedy: "check free space and permissions")
    }
    // Already now: should the launcher be killed, the traces still have their description.
    try directory.write(description)
  }

  /// A run that failed before any node wrote a trace has a verdict too.
  private func analyse(_ description: RunDescription) throws(RunError) -> (summary: RunSummary, verdict: Verdict) {
    let traces = (try? FileManager.default.contentsOfDirectory(atPath: directory.traces.path)) ?? []
    guard traces.isEmpty else { return try RunAnalysis.analyse(directory) }
    return try RunAnalysis.write(Run(description: description, traces: []), to: directory)
  }

  private func report(_ failure: RunFailure?) throws(CommandFailure) {
    guard let failure else { return }
    throw CommandFailure(failure.what, at: failure.place, remedy: failure.remedy, code: 2)
  }
}
