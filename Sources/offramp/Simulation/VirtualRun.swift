import EdgeModel
import EdgeSimulation
import Foundation
import Inference
import TopologyFiles
import TraceAnalysis
import TraceLog
import Units

/// One simulated run, from its directory to its verdict.
struct VirtualRun {
  private let checked: CheckedTopology
  private let directory: RunDirectory
  private let setup: SimulationSetup
  private let writesTraces: Bool
  private let startedAt = Date()

  /// Makes the run's directory and simulates nothing yet.
  init(_ checked: CheckedTopology, output: String?, writesTraces: Bool) throws {
    self.checked = checked
    self.writesTraces = writesTraces
    setup = try SimulationSetup(checked)
    directory =
      try output.map(OutputDirectory.make) ?? OutputDirectory.make(forRunOf: checked.topology.name, at: startedAt)
  }

  /// Simulates, analyses, prints; throws what the exit code is to tell.
  func perform() throws {
    let interruption = Interruption(removing: directory)
    defer { interruption.end() }
    do { try Data(checked.file.text.utf8).write(to: directory.topology) } catch {
      throw CommandFailure("cannot write", at: directory.topology.path, remedy: "check free space and permissions")
    }
    let clock = ContinuousClock()
    let start = clock.now
    let run = try simulate()
    let simulated = clock.now
    do {
      let (summary, verdict) = try RunAnalysis.write(run, to: directory, writesTraces ? .all : .tables)
      print(RunReport(summary, verdict))
      let (took, whole) = (start.duration(to: simulated), start.duration(to: clock.now))
      print(
        "\nsimulated in \(milliseconds(took)), analysed in \(milliseconds(whole - took)): "
          + "\(Int(checked.topology.duration / whole)) × as fast as live")
      print("run: \(directory.path)")
      if !verdict.isValid { throw CommandFailure(code: 3) }
    } catch let error as RunError {
      throw CommandFailure(lines: [error.description], code: 2)
    }
  }

  /// The same without a word, nor an ear for signals: a run of a sweep that is kept.
  func performQuietly() throws -> (summary: RunSummary, verdict: Verdict) {
    do { try Data(checked.file.text.utf8).write(to: directory.topology) } catch {
      throw CommandFailure("cannot write", at: directory.topology.path, remedy: "check free space and permissions")
    }
    return try RunAnalysis.write(simulate(), to: directory, writesTraces ? .all : .tables)
  }

  private func milliseconds(_ time: Duration) -> String { "\(Int((time / .milliseconds(1)).rounded())) ms" }

  /// The run in memory, and its traces on disk where they are asked for.
  private func simulate() throws -> Run {
    let traces = VirtualTraces()
    var simulation = try Simulation(setup) { traces.take($0, $1, $2) }
    if writesTraces { try traces.open(simulation.nodes, in: directory) }
    _ = simulation.run()
    try traces.close()
    let nodes = simulation.nodes.map { RunDescription.Node(name: $0.name, role: $0.role, devices: $0.devices) }
    var description = RunDescription(checked, run: setup.run, nodes: nodes)
    description.isSimulated = true
    description.startedAt = startedAt.ISO8601Format()
    description.machine = .current
    return Run(
      description: description,
      traces: zip(simulation.nodes, traces.records).map { NodeTrace(node: $0.name, records: $1) })
  }
}
