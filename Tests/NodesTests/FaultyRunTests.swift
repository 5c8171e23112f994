import EdgeModel
import EdgeSimulation
import Nodes
import Testing
import TraceAnalysis
import TraceLog
import Units

/// Random testbeds in which things break as planned: every run ends, every task has an outcome, and the verdict blames
/// nobody.
struct FaultyRunTests {
  /// Long enough for silences to be noticed, now and then.
  private func setup(_ seed: Int) throws -> SimulationSetup {
    var testbed = RandomTestbed(seed: seed)
    var setup = try testbed.setup()
    if seed % 3 != 0 { setup.topology.duration += .seconds(1 + seed % 5) }
    var faults = RandomFaults(seed: seed, setup.topology)
    setup.topology.faults = faults.plan()
    // What clocks may be off where they are set back, and no probe lies between two steps.
    setup.topology.limits.clockBound = .seconds(60)
    return setup
  }

  @Test(arguments: 0..<120)
  func randomFaultsLeaveAValidRun(seed: Int) throws {
    let setup = try setup(seed)
    let (traces, effects) = try Simulation.tracesAndEffects(of: setup)
    let run = Run(setup, traces, effects: effects)
    #expect(TraceAudit(run).violations == [], "\(setup.topology.faults)")
    let (summary, verdict) = RunAnalysis.judge(run)
    #expect(verdict.reasons == [], "\(setup.topology.faults)")
    let whole = summary.whole
    #expect(whole.generated == whole.completed + whole.late + whole.refused + whole.expired + whole.lost)
    for journey in run.journeys where journey.outcome == .lost { #expect(!journey.cause.isEmpty) }
    expectUniqueTasks(traces)
  }

  /// Straight from the records, over all lives of the emulators.
  private func expectUniqueTasks(_ traces: [SimulatedTrace]) {
    var offered: [TaskID] = []
    var ended: [TaskID] = []
    for record in traces.records {
      if case .taskOffered(let task, _, _, _, _) = record { offered.append(task.id) }
      if case .taskEnded(let task, _) = record { ended.append(task) }
    }
    #expect(offered.count == Set(offered).count)
    #expect(ended.count == Set(ended).count && Set(ended).isSubset(of: Set(offered)))
  }

  @Test(arguments: 0..<10)
  func equalSetupsLeaveEqualTraces(seed: Int) throws {
    let (one, other) = (
      try Simulation.tracesAndEffects(of: setup(seed)), try Simulation.tracesAndEffects(of: setup(seed))
    )
    #expect(one.traces == other.traces && one.effects == other.effects)
  }

  /// The runs above would prove little if these never happened.
  @Test func randomFaultsMeetEverything() throws {
    var effective: Set<String> = []
    var seen: Set<String> = []
    for seed in 0..<80 {
      let setup = try setup(seed)
      let (traces, effects) = try Simulation.tracesAndEffects(of: setup)
      let run = Run(setup, traces, effects: effects)
      for fault in run.description.faults where fault.effect != nil {
        let kind = String(fault.plan.description.prefix { $0 != " " })
        effective.insert(kind)
        if fault.noticed != nil { seen.insert("\(kind) is noticed") }
      }
      for trace in traces {
        if trace.node.part > 1 { seen.insert("a node has part \(trace.node.part)") }
        for entry in trace.entries {
          switch entry.record {
          case .peerLost(_, let cause): seen.insert("lost: \(cause)")
          case .peerReturned: seen.insert("returned")
          case .stopped(let cause): seen.insert("stopped: \(cause)")
          default: break
          }
        }
      }
      for cause in run.journeys.map(\.cause) {
        if cause.hasSuffix("died") {
          seen.insert(cause.contains(",") ? "lost with its worker" : "lost with its device")
        }
      }
      for frame in run.frames.compactMap(\.summary?.value) where frame.offers > 0 && frame.granted == 0 {
        seen.insert("a frame without workers")
      }
    }
    #expect(
      effective == ["kill", "stop", "pause", "restart", "bandwidth", "engine", "loss", "delay", "clock"])
    #expect(
      seen.isSuperset(of: [
        "kill is noticed", "stop is noticed", "pause is noticed", "restart is noticed", "bandwidth is noticed",
        "engine is noticed", "a node has part 2", "a node has part 3", "lost: silent", "lost: goodbye",
        "lost: started again", "returned", "stopped: SIGTERM", "stopped: base-station fell silent",
        "lost with its worker", "lost with its device", "a frame without workers",
      ]), "\(seen.sorted())")
  }
}
