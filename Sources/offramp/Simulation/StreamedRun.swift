import EdgeSimulation
import TraceAnalysis

/// A simulated run that is judged while it happens and leaves nothing else: no traces, no tables, no directory.
///
/// Prints nothing and shares nothing, so that many may run at once, each on a thread of its own.
struct StreamedRun {
  let summary: RunSummary
  let verdict: Verdict
  /// What the nodes handled.
  let events: Int

  /// Simulates `setup`; the nodes in `description` are the simulation's.
  init(_ setup: SimulationSetup, _ description: RunDescription) throws {
    let judge = Judge(RunStream(description))
    var simulation = try Simulation(setup) { node, instant, record in
      judge.stream.take(record, from: node, at: instant)
    }
    events = simulation.run()
    (summary, verdict) = judge.stream.finish()
  }

  /// Where the simulation's records go.
  private final class Judge {
    var stream: RunStream
    init(_ stream: RunStream) { self.stream = stream }
  }
}
