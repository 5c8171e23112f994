import EdgeModel
import EdgeSimulation
import Nodes
import Testing
import TraceAnalysis
import TraceLog
import Units

/// The worker as a queue, against theory.
///
/// Frames gather uploads at their edges, so a whole testbed cannot give a worker Poisson arrivals. Three steps do instead:
/// in whole runs a worker starts each batch exactly when the plain recursion says, given when features came; under Poisson
/// arrivals of the testbed's own process the worker, alone with its engine, and the recursion agree on every single
/// response; and the recursion, over as many arrivals as it takes, is held against theory. So the worker's mean response
/// is within 1 % of theory's with 95 % confidence.
struct QueueTheoryTests {
  private static let loads = [0.1, 0.3, 0.5, 0.7, 0.9]
  private static let alpha: Int64 = 1_000_000

  // MARK: Whole runs

  /// Batches of a whole testbed's workers, from the instants at which their features came alone.
  @Test(arguments: 0..<30)
  func wholeRunsFollowTheRecursion(seed: Int) throws {
    let largest = seed % 3 == 0 ? 1 : 64
    var testbed = RandomTestbed(seed: seed)
    var random = try testbed.setup()
    random.removeFurtherModels()
    var topology = random.topology
    topology.policy = PolicyChoice(name: "dynamic-batching")
    for index in topology.workers.indices {
      (topology.workers[index].maxBatch, topology.workers[index].instances) = (largest, 1)
    }
    // One block that all leave behind, so service is a matter of the batch's size.
    let answers = random.model.answers
    let model = SimulatedModel(
      featureBytes: [random.model.featureBytes[0]], accuracies: [1],
      answers: ModelAnswers(labels: answers.labels, answers: answers.answers.map { Array($0.prefix(1)) }))
    let profile = LatencyProfile(blocks: [BlockProfile(latency: .linear(alpha: 0.002, beta: 0.008))])
    let setup = try SimulationSetup(topology, model: model, profiles: topology.workers.map { _ in profile })
    for trace in try Simulation.traces(of: setup) where trace.node.role == .edgeWorker {
      var receipts: [Int64] = []
      var batches: [Int64: Int] = [:]
      for entry in trace.entries {
        if case .featureReceived = entry.record { receipts.append(entry.instant.nanoseconds) }
        if case .batchStarted(_, _, _, _, let size, _) = entry.record { batches[entry.instant.nanoseconds] = size }
      }
      var queue = TakeAllQueue(alpha: 2_000_000, tau: 8_000_000, largest: largest)
      var expected: [Int64: Int] = [:]
      var next = receipts.makeIterator()
      queue.serve({ next.next() }, { _ in }, batch: { expected[$0] = $1 })
      #expect(batches == expected)
    }
  }

  // MARK: Poisson arrivals

  private func arrivals(_ seed: Int, rate: Double, for time: Duration) -> ArrivalProcess {
    ArrivalProcess(.poisson(rate: rate), device: 0, seed: UInt64(seed), end: .start + time)
  }

  /// The real worker and the recursion on the same arrivals: every response and every batch, to the nanosecond.
  @Test(arguments: loads, [Int.max, 1])
  func everyResponseIsTheRecursions(load: Double, largest: Int) throws {
    let (rate, tau) = largest == 1 ? (load / 0.006, 5 * Self.alpha) : (load / 0.001, 5 * Self.alpha)
    let count = 6000
    let process = arrivals(11, rate: rate, for: .seconds(3600))
    let bench = try WorkerBench(alpha: 0.001, tau: 0.005, largest: min(largest, 4096), arrivals: process, count: count)
    var queue = TakeAllQueue(alpha: Self.alpha, tau: tau, largest: largest)
    var (responses, batches): ([Int64], [(start: Int64, size: Int)]) = ([], [])
    var (process2, drawn) = (process, 0)
    queue.serve(
      {
        drawn += 1
        return drawn <= count ? process2.next()?.nanoseconds : nil
      }, { responses.append($0) }, batch: { batches.append(($0, $1)) })
    #expect(bench.responses == responses)
    #expect(bench.batches.map(\.start) == batches.map(\.start) && bench.batches.map(\.size) == batches.map(\.size))
    #expect(largest == 1 || load < 0.3 || batches.contains { $0.size > 3 })
  }

  /// The recursion's mean response [s] under Poisson arrivals.
  private func simulated(rate: Double, tau: Int64, largest: Int, stretches: Int, tasks: Int) -> BatchMeans {
    let length = Duration.seconds(2 * Double(stretches * tasks) / rate)
    var process = arrivals(1, rate: rate, for: length)
    var queue = TakeAllQueue(alpha: Self.alpha, tau: tau, largest: largest)
    var (responses, gaps): ([Double], [Double]) = ([], [])
    // The first stretch, which starts empty, is not counted.
    var (drawn, last, previous) = (-tasks, Int64(0), Int64(0))
    var (heard, sum) = (-tasks, Int64(0))
    queue.serve(
      {
        guard drawn < stretches * tasks, let next = process.next() else { return nil }
        drawn += 1
        last = next.nanoseconds
        if drawn % tasks == 0 {
          if drawn > 0 { gaps.append(Double(last - previous) * 1e-9 / Double(tasks)) }
          previous = last
        }
        return last
      },
      { response in
        heard += 1
        sum += response
        if heard % tasks == 0 {
          if heard > 0 { responses.append(Double(sum) * 1e-9 / Double(tasks)) }
          sum = 0
        }
      })
    return BatchMeans(responses: responses, gaps: gaps, meanGap: 1 / rate)
  }

  private func expectWithinOnePercent(_ simulated: BatchMeans, of theory: Double, load: Double) {
    let error = abs(simulated.mean - theory) / theory
    let doubt = simulated.halfWidth / theory
    #expect(error + doubt < 0.01, "load \(load): \(simulated.mean) s, theory \(theory) s, ± \(doubt)")
  }

  @Test(arguments: loads)
  func takeAllIsWithinOnePercentOfTheEmbeddedChain(load: Double) {
    let tasks = load > 0.8 ? 20_000 : 2000
    let theory = TakeAllChain(rate: load / 0.001, alpha: 0.001, tau: 0.005).meanResponse
    expectWithinOnePercent(
      simulated(rate: load / 0.001, tau: 5 * Self.alpha, largest: .max, stretches: 200, tasks: tasks), of: theory,
      load: load)
  }

  /// Pollaczek and Khinchine: s + ρs / (2(1 − ρ)).
  @Test(arguments: loads)
  func oneByOneIsWithinOnePercentOfMD1(load: Double) {
    let service = 0.002
    let tasks = load > 0.8 ? 80_000 : load > 0.6 ? 10_000 : 2000
    let theory = service + load * service / (2 * (1 - load))
    expectWithinOnePercent(
      simulated(rate: load / service, tau: Self.alpha, largest: 1, stretches: 200, tasks: tasks), of: theory,
      load: load)
  }

  // MARK: The closed form

  /// It is a bound, and a close one for τ ≥ 5α and λα ≥ 0.5.
  @Test func theClosedFormIsABoundCloseForLongServicesAndHighLoads() {
    for ratio in [0.2, 1, 5, 10.0] {
      for load in Self.loads {
        let chain = TakeAllChain(rate: load, alpha: 1, tau: ratio)
        let excess = chain.bound / chain.meanResponse - 1
        // Where it is exact, rounding may leave it a trifle below.
        #expect(excess > -1e-9)
        if ratio >= 5 && load >= 0.5 { #expect(excess < 0.002) }
      }
    }
    for (ratio, load, excess) in [(1.0, 0.1, 0.2), (5, 0.1, 0.15), (0.2, 0.5, 0.05)] {
      let far = TakeAllChain(rate: load, alpha: 1, tau: ratio)
      #expect(far.bound / far.meanResponse - 1 > excess)
    }
  }
}
