import EdgeModel
import EdgeSimulation
import Nodes
import Testing
import TraceAnalysis
import TraceLog
import Units

/// The whole testbed in virtual time keeps every invariant, whatever it looks like.
struct SimulationTests {
  @Test(arguments: 0..<120)
  func randomRunIsValid(seed: Int) throws {
    var testbed = RandomTestbed(seed: seed)
    let setup = try testbed.setup()
    let traces = try Simulation.traces(of: setup)
    let run = Run(setup, traces)
    #expect(TraceAudit(run).violations == [])
    let (summary, verdict) = RunAnalysis.judge(run)
    #expect(verdict.reasons == [])
    let whole = summary.whole
    #expect(whole.generated == whole.completed + whole.late + whole.refused + whole.expired + whole.lost)
    expectOneEndForEachTask(traces, setup)
  }

  /// Straight from the records, without the analysis.
  private func expectOneEndForEachTask(_ traces: [SimulatedTrace], _ setup: SimulationSetup) {
    var offered: [TaskID] = []
    var ended: [TaskID] = []
    for record in traces.records {
      if case .taskOffered(let task, _, _, _, _) = record {
        offered.append(task.id)
        #expect(task.generated < .start + setup.topology.duration)
      }
      if case .taskEnded(let task, _) = record { ended.append(task) }
    }
    #expect(offered.count == Set(offered).count)
    #expect(offered.sorted() == ended.sorted())
    for device in Set(offered.map(\.device)) {
      let numbers = offered.filter { $0.device == device }.map(\.number)
      #expect(numbers.sorted() == Array(0..<numbers.count))
    }
  }

  /// The runs above would prove little if these never happened.
  @Test func randomRunsMeetEverything() throws {
    var outcomes: Set<Outcome> = []
    var seen: Set<String> = []
    for seed in 0..<40 {
      var testbed = RandomTestbed(seed: seed)
      let setup = try testbed.setup()
      let run = Run(setup, try Simulation.traces(of: setup))
      outcomes.formUnion(run.journeys.map(\.outcome))
      for batch in run.batches {
        if zip(batch.blocks, batch.blocks.dropFirst()).contains(where: { $0.value.size > $1.value.size }) {
          seen.insert("a batch shrinks")
        }
        if let start = batch.start, !start.value.missing.isEmpty { seen.insert("a member is missing") }
        if let start = batch.start, start.instant > start.value.planned + .milliseconds(1) {
          seen.insert("a batch waits")
        }
      }
      for journey in run.journeys {
        if let exit = journey.exit, exit.value.answer.exit < exit.value.plannedExit {
          seen.insert("a task leaves early")
        }
        if let upload = journey.upload, upload.value.sent.count > 1 { seen.insert("an upload has several chunks") }
        if let grant = journey.grant, let offered = journey.offeredFrame, grant.value.grant.frame > offered {
          seen.insert("a task is deferred")
        }
      }
      for frame in run.frames where frame.summary?.value.fallback == true { seen.insert("the fallback decides") }
    }
    #expect(outcomes.isSuperset(of: [.completed, .late, .refused, .expired]))
    #expect(
      seen.symmetricDifference([
        "a batch shrinks", "a member is missing", "a batch waits", "a task leaves early",
        "an upload has several chunks",
        "a task is deferred", "the fallback decides",
      ]) == [])
  }

  @Test(arguments: 0..<10)
  func sameSetupSameTraces(seed: Int) throws {
    var (testbed, again) = (RandomTestbed(seed: seed), RandomTestbed(seed: seed))
    let (first, second) = (try Simulation.traces(of: testbed.setup()), try Simulation.traces(of: again.setup()))
    #expect(first == second)
  }

  @Test func anotherSeedGivesAnotherRun() throws {
    var testbed = RandomTestbed(seed: 3)
    var setup = try testbed.setup()
    let first = try Simulation.traces(of: setup)
    setup.topology.seed += 1
    #expect(try Simulation.traces(of: setup) != first)
  }
}
