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
  private let interruption: Interruption?
  private let startedAt = Date()

  /// Makes the run's directory, which `interruption` removes, and simulates nothing yet.
  init(_ checked: CheckedTopology, output: String?, writesTraces: Bool, interruption: Interruption? = nil) throws {
    self.checked = checked
    self.writesTraces = writesTraces
    setup = try SimulationSetup(checked)
    self.interruption = interruption
    let start = startedAt
    let make = {
      try output.map(OutputDirectory.make) ?? OutputDirectory.make(forRunOf: checked.topology.name, at: start)
    }
    directory = try interruption?.directory(at: output, make) ?? make()
  }

  /// Simulates, analyses, prints; throws what the exit code is to tell.
  func perform() throws {
    do { try Data(checked.file.text.utf8).write(to: directory.topology) } catch {
      throw CommandFailure("cannot write", at: directory.topology.path, remedy: "check free space and permissions")
    }
    let clock = ContinuousClock()
    let start = clock.now
    do {
      let (summary, verdict, simulated) = writesTraces ? try whole(clock) : try streamed(clock)
      interruption?.end()
      let (took, whole) = (start.duration(to: simulated), start.duration(to: clock.now))
      print(RunReport(summary, verdict))
      print(
        "\nsimulated in \(milliseconds(took)), \(writesTraces ? "analysed" : "written") in \(milliseconds(whole - took)): "
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
    return try RunAnalysis.write(simulate(), to: directory)
  }

  private typealias Judged = (summary: RunSummary, verdict: Verdict, simulated: ContinuousClock.Instant)

  /// With traces, tables and timeline: all in memory, and judged when it is over.
  private func whole(_ clock: ContinuousClock) throws -> Judged {
    let run = try simulate()
    let simulated = clock.now
    let (summary, verdict) = try RunAnalysis.write(run, to: directory)
    return (summary, verdict, simulated)
  }

  /// Summary and verdict alone, judged on the way.
  private func streamed(_ clock: ContinuousClock) throws -> Judged {
    let run = try StreamedRun(setup, description)
    let simulated = clock.now
    try RunAnalysis.write(run.summary, run.verdict, of: run.description, to: directory)
    return (run.summary, run.verdict, simulated)
  }

  private func milliseconds(_ time: Duration) -> String { "\(Int((time / .milliseconds(1)).rounded())) ms" }

  /// The run in memory, and its traces on disk.
  private func simulate() throws -> Run {
    let traces = VirtualTraces()
    var simulation = try Simulation(setup) { traces.take($0, $1, $2) }
    try traces.open(simulation.nodes, in: directory)
    _ = simulation.run()
    try traces.close()
    return Run(simulation, traces, description)
  }

  private var description: RunDescription {
    var description = RunDescription(checked, setup)
    description.startedAt = startedAt.ISO8601Format()
    description.machine = .current
    return description
  }
}

extension RunDescription {
  /// What a simulation of `checked` is asked to be; nothing of the wall clock or the machine.
  init(_ checked: CheckedTopology, _ setup: SimulationSetup) {
    let nodes = setup.nodes.filter { $0.part == 1 }.map { Node(name: $0.name, role: $0.role, devices: $0.devices) }
    self.init(checked, run: setup.run, nodes: nodes)
    isSimulated = true
  }
}

extension Run {
  /// A simulation that has run, of whose records nothing was left out.
  init(_ simulation: Simulation, _ traces: VirtualTraces, _ description: RunDescription) {
    var description = description
    for (index, effect) in simulation.effects.enumerated() { description.faults[index].effect = effect }
    self.init(
      description: description,
      traces: zip(simulation.nodes, traces.records).filter { !$1.isEmpty }.map {
        NodeTrace(node: $0.name, part: $0.part, records: $1)
      })
  }
}
