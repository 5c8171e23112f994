import EdgeModel
import EdgeSimulation
import Inference
import Testing
import TraceAnalysis
import TraceLog
import Units

/// A simulated engine takes what its measured dispersion says, as the executor that runs live would find it.
struct EngineDispersionTests {
  /// Block runs of every worker, in order.
  private func runs(_ setup: SimulationSetup) throws -> [[BlockRun]] {
    try Simulation.traces(of: setup).filter { $0.node.role == .edgeWorker }.map { trace in
      trace.entries.compactMap { entry in if case .blockRan(let run) = entry.record { run } else { nil } }
    }
  }
  /// A testbed whose engines all are `engine`, with this row of quantiles for every block, size and head.
  private func setup(
    seed: Int, _ engine: WorkerDescription.EngineChoice, _ row: [Double], probabilities: [Double] = [0, 0.5, 1]
  ) throws -> SimulationSetup {
    var testbed = RandomTestbed(seed: seed)
    var setup = try testbed.setup()
    setup.engineProfiles = setup.profiles.map { [$0] }
    setup.removeFurtherModels()
    for index in setup.topology.workers.indices {
      (setup.topology.workers[index].engine, setup.topology.workers[index].instances) = (engine, 1)
    }
    setup.dispersions = setup.profiles.map { profile in
      func part(_ curve: LatencyCurve) -> LatencyDispersion.Part {
        LatencyDispersion.Part(median: (1...16).map(curve.seconds), ratios: [row])
      }
      return LatencyDispersion(
        blocks: profile.blocks.map { block in
          LatencyDispersion.Block(probabilities: probabilities, body: part(block.latency), head: part(block.head))
        })
    }
    return setup
  }

  /// The bare engine: a block ends when it is computed, and its times are the distribution's.
  @Test func aBareEnginesTimesAreTheDistributions() throws {
    let row = [0.5, 1, 3.0]
    var ratios: [Double] = []
    for seed in 0..<60 {
      for run in try runs(setup(seed: seed, .onnxRuntime, row)).joined() {
        #expect(run.end - run.start == run.computed)
        ratios.append(run.computed.inSeconds / run.expected.inSeconds)
      }
    }
    ratios.sort()
    #expect(ratios.count > 1000)
    #expect(ratios.first! >= 0.5 - 1e-5 && ratios.last! <= 3 + 1e-5)
    // Kolmogorov and Smirnov's statistic, against 2.0 (p = 0.0007); seeds are fixed.
    let furthest = ratios.enumerated().map { index, ratio in
      let exact = ratio < 1 ? ratio - 0.5 : 0.5 + (ratio - 1) / 4
      return max(
        abs(exact - Double(index) / Double(ratios.count)), abs(exact - Double(index + 1) / Double(ratios.count)))
    }.max()!
    #expect(furthest * Double(ratios.count).squareRoot() < 2)
  }

  /// A paced engine: the k-th block is due at the batch's start plus the table's sum, and no earlier than it is computed.
  @Test(arguments: 0..<10)
  func aPacedEngineIsHeldToItsTable(seed: Int) throws {
    for run in try runs(setup(seed: seed, .paced, [0.2, 0.5, 0.9])).joined() {
      #expect(run.computed < run.expected && run.end - run.start == run.expected)
    }
    // Slower than its table now and then: what a block lost, the next ones win back.
    for worker in try runs(setup(seed: seed, .paced, [0.2, 0.9, 1.5])) {
      var due = Instant.start
      var batch: BatchID?
      for run in worker {
        if run.batch != batch { due = run.start }
        batch = run.batch
        due = due + run.expected
        #expect(run.end == max(due, run.start + run.computed))
      }
    }
  }

  /// `engine: table`, a replayed engine, and a table without dispersion all take the table's time.
  @Test func elsewhereTheTablesTimeHolds() throws {
    var table = try setup(seed: 4, .onnxRuntime, [0.2, 0.9, 1.5])
    table.topology.simulation.engine = .table
    var silent = table
    silent.topology.simulation.engine = .dispersion
    silent.dispersions = silent.profiles.map { _ in nil }
    let replayed = try setup(seed: 4, .replay, [0.2, 0.9, 1.5])
    for setup in [table, silent, replayed] {
      let runs = try runs(setup).joined()
      #expect(!runs.isEmpty && runs.allSatisfy { $0.end - $0.start == $0.expected && $0.computed == .zero })
    }
    #expect(try runs(table) == runs(silent))
  }

  /// Planning goes by the table, whatever the engine draws: the audit accepts such runs, and the report is of the bare
  /// engine's kind.
  @Test(arguments: 0..<10)
  func runsWithABareEngineAreValid(seed: Int) throws {
    let setup = try setup(seed: seed, .onnxRuntime, [0.5, 0.8, 1.2])
    let run = Run(setup, try Simulation.traces(of: setup))
    #expect(TraceAudit(run).violations == [])
    let (summary, verdict) = RunAnalysis.judge(run)
    #expect(verdict.reasons == [] && summary.pacedLoad == nil)
  }
}
