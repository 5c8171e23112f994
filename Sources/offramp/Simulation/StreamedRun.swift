import EdgeModel
import EdgeSimulation
import TraceAnalysis

/// A simulated run of which summary and verdict are left: no traces, no tables, no directory. It is judged while it happens;
/// with planned faults when it is over, since what they explain is known then.
///
/// Prints nothing and shares nothing, so that many may run at once, each on a thread of its own.
struct StreamedRun {
  let summary: RunSummary
  let verdict: Verdict
  /// With what became of the faults, and the clocks.
  let description: RunDescription
  /// What the nodes handled.
  let events: Int

  /// Simulates `setup`; the nodes in `description` are the simulation's.
  init(_ setup: SimulationSetup, _ description: RunDescription) throws {
    if setup.topology.faults.isEmpty {
      self = try Self.judgedOnTheWay(setup, description)
    } else {
      self = try Self.judgedAtTheEnd(setup, description)
    }
  }

  private init(_ summary: RunSummary, _ verdict: Verdict, _ description: RunDescription, _ events: Int) {
    (self.summary, self.verdict, self.description, self.events) = (summary, verdict, description, events)
  }

  private static func judgedOnTheWay(_ setup: SimulationSetup, _ description: RunDescription) throws -> StreamedRun {
    let judge = Judge(RunStream(description))
    var simulation = try Simulation(setup) { node, instant, record in
      judge.stream.take(record, from: node, at: instant)
    }
    let events = simulation.run()
    let (summary, verdict) = judge.stream.finish()
    var description = description
    description.clocks = description.nodes.map { RunDescription.NodeClock(node: $0.name, fit: .identity) }
    return StreamedRun(summary, verdict, description, events)
  }

  private static func judgedAtTheEnd(_ setup: SimulationSetup, _ description: RunDescription) throws -> StreamedRun {
    let traces = VirtualTraces()
    var simulation = try Simulation(setup) { traces.take($0, $1, $2) }
    let events = simulation.run()
    let run = Run(simulation, traces, description)
    let (summary, verdict) = RunAnalysis.judge(run)
    return StreamedRun(summary, verdict, run.description, events)
  }

  /// Where the simulation's records go.
  private final class Judge {
    var stream: RunStream
    init(_ stream: RunStream) { self.stream = stream }
  }
}
