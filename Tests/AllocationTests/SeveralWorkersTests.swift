import Allocation
import EdgeModel
import Testing
import Units

/// One batch on each of several workers.
@Suite struct SeveralWorkersTests {
  /// Policies that ask their packing for the most tasks, and on how many frames they are compared with brute force.
  static let compared = [
    (ExitAwareShelfPacking.name, 2000), (BestShelfPacking.name, 400), (TreeSearch.name, 400), (EqualShare.name, 400),
  ]
  private func policy(_ name: String) throws -> any AllocationPolicy {
    try PolicyCatalog.entry(named: name).make(PolicyOptions())
  }

  /// Dividing a frame loses at most 0.5 % of the tasks that the best division serves.
  @Test(arguments: compared) func losesLittleAgainstEveryDivision(policy name: String, count: Int) throws {
    let policy = try policy(name)
    var (served, possible) = (0, 0)
    for seed in UInt64(1)...20 {
      var frames = RandomFrames(seed: seed &+ 500)
      for index in 0..<count / 20 {
        let frame = frames.severalWorkers()
        let answer = policy.allocate(frame, budget: .unlimited)
        let most = ExhaustiveWorkers(
          frame, runsAllBlocks: name == BestShelfPacking.name, isEqualShare: name == EqualShare.name
        ).most()
        #expect(FeasibilityCheck(answer, of: frame).violations == [], "frame \(index) of seed \(seed)")
        #expect(answer.scheduledCount <= most, "frame \(index) of seed \(seed)")
        #expect(answer.status == .feasible)
        served += answer.scheduledCount
        possible += most
      }
    }
    #expect(Double(possible - served) <= 0.005 * Double(possible), "\(served) of \(possible)")
  }

  /// With weights it is the sum of weights that is divided, of which 1.5 % at most are lost.
  @Test(arguments: [ExitAwareShelfPacking.name, TreeSearch.name])
  func weightsAreDividedToo(policy name: String) throws {
    let policy = try PolicyCatalog.entry(named: name).make(PolicyOptions(objective: .weighted))
    var (value, possible) = (0.0, 0.0)
    var frames = RandomFrames(seed: 550)
    for index in 0..<300 {
      let drawn = frames.severalWorkers()
      let frame = frames.weighted(drawn, index.isMultiple(of: 2) ? .priorityClasses : .distinct)
      let answer = policy.allocate(frame, budget: .unlimited)
      let greatest = ExhaustiveWorkers(frame).greatest(\.weight)
      #expect(FeasibilityCheck(answer, of: frame).violations == [], "frame \(index)")
      let own = Objective.weighted.value(of: answer, in: frame)
      #expect(own <= greatest * (1 + 1e-12), "frame \(index)")
      value += own
      possible += greatest
    }
    #expect(possible - value <= 0.015 * possible, "\(value) of \(possible)")
  }

  @Test(arguments: PolicyCatalog.entries.map(\.name))
  func isFeasibleAndNeverBelowWorkerAfterWorker(policy name: String) throws {
    let policy = try policy(name)
    for seed in UInt64(1)...20 {
      var frames = RandomFrames(seed: seed &+ 600)
      for index in 0..<20 {
        let frame = frames.severalWorkers(tasks: 10, workers: 4)
        let answer = policy.allocate(frame, budget: .unlimited)
        #expect(FeasibilityCheck(answer, of: frame).violations == [], "frame \(index) of seed \(seed)")
        #expect(
          answer.scheduledCount >= WorkerAfterWorker(policy: policy).scheduled(of: frame),
          "frame \(index) of seed \(seed)")
        var reversed = frame
        reversed.tasks.reverse()
        reversed.workers.reverse()
        let again = policy.allocate(reversed, budget: .unlimited)
        #expect(again.batches == answer.batches && again.open == answer.open)
      }
    }
  }

  /// By construction, see `WorkersSearch`; the unbatched policies give no such promise.
  @Test(arguments: [
    ExitAwareShelfPacking.name, BestShelfPacking.name, TreeSearch.name, EqualShare.name, EarliestDeadlineFirst.name,
  ])
  func anotherWorkerNeverLowersWhatIsScheduled(policy name: String) throws {
    let policy = try policy(name)
    for seed in UInt64(1)...10 {
      var frames = RandomFrames(seed: seed &+ 700)
      for index in 0..<20 {
        var frame = frames.severalWorkers(tasks: 10, workers: 4)
        let workers = frame.workers.sorted { $0.id < $1.id }
        var scheduled = 0
        for count in 1...workers.count {
          frame.workers = Array(workers[..<count])
          frame.workers[count - 1].freeAt = 0
          let more = policy.allocate(frame, budget: .unlimited).scheduledCount
          #expect(more >= scheduled, "frame \(index) of seed \(seed), \(count) workers")
          frame.workers[count - 1].freeAt = workers[count - 1].freeAt
          scheduled = policy.allocate(frame, budget: .unlimited).scheduledCount
        }
      }
    }
  }

  @Test(arguments: PolicyCatalog.entries.map(\.name))
  func equalIdleWorkersScheduleAtLeastAsManyAsOne(policy name: String) throws {
    let policy = try policy(name)
    for seed in UInt64(1)...20 {
      var frames = RandomFrames(seed: seed &+ 800)
      for index in 0..<20 {
        var frame = frames.small()
        frame.workers[0].freeAt = 0
        let alone = policy.allocate(frame, budget: .unlimited).scheduledCount
        for number in 1...2 {
          frame.workers.append(frame.workers[0])
          frame.workers[number].id = WorkerID(number)
        }
        let answer = policy.allocate(frame, budget: .unlimited)
        #expect(FeasibilityCheck(answer, of: frame).violations == [], "frame \(index) of seed \(seed)")
        #expect(answer.scheduledCount >= alone, "frame \(index) of seed \(seed)")
      }
    }
  }

  /// Where the first batch would take all the time there is, shares are worth more than a tenth.
  @Test func fourWorkersServeMoreThanWorkerAfterWorker() {
    var frames = RandomFrames(seed: 13)
    var (served, simple) = (0, 0)
    for _ in 0..<10 {
      let frame = frames.benchmark(tasks: 60, blocks: 8, workers: 4)
      let answer = ExitAwareShelfPacking().allocate(frame, budget: .unlimited)
      #expect(FeasibilityCheck(answer, of: frame).violations == [])
      served += answer.scheduledCount
      simple += WorkerAfterWorker(policy: ExitAwareShelfPacking()).scheduled(of: frame)
    }
    #expect(Double(served) >= 1.1 * Double(simple), "\(served), \(simple)")
  }

  /// While the first batch waits for its worker the second's features are uploaded.
  @Test func uploadsForABusyWorkerLeaveTheCellToTheNext() throws {
    let block = BlockProfile(latency: .linear(alpha: 0.001, beta: 0.01))
    let frame = FrameState(
      bandwidth: .megahertz(10),
      workers: [0.1, 0.12].enumerated().map { index, freeAt in
        WorkerState(
          id: WorkerID(index), name: "w\(index)", freeAt: freeAt, maxBatch: 1, profile: LatencyProfile(blocks: [block]))
      },
      tasks: (0..<2).map {
        FrameTask(
          id: TaskID(device: 0, number: $0), feature: Bits(500_000), uplink: .spectralEfficiency(1), deadline: 0.14,
          requirement: .exit(1))
      })
    let answer = ExitAwareShelfPacking().allocate(frame, budget: .unlimited)
    #expect(FeasibilityCheck(answer, of: frame).violations == [])
    #expect(answer.batches.map(\.worker.number) == [0, 1])
    #expect(answer.batches.map { $0.members[0].uploadStart } == [0, 0.05])
    #expect(answer.batches.map { $0.members[0].uploadEnd } == [0.05, 0.12])
    #expect(answer.batches.map(\.start) == [0.1, 0.12])
  }

  /// Unbatched tasks alternate between workers: four of 10 ms each, uploaded in 5 ms each, on two workers.
  @Test func unbatchedTasksAlternateBetweenWorkers() {
    let block = BlockProfile(latency: .linear(alpha: 0, beta: 0.01))
    let frame = FrameState(
      bandwidth: .megahertz(10),
      workers: (0..<2).map {
        WorkerState(id: WorkerID($0), name: "w\($0)", profile: LatencyProfile(blocks: [block]))
      },
      tasks: (0..<4).map {
        FrameTask(
          id: TaskID(device: 0, number: $0), feature: Bits(50_000), uplink: .spectralEfficiency(1), deadline: 0.0301,
          requirement: .exit(1))
      })
    let answer = Unbatched.noBatching.allocate(frame, budget: .unlimited)
    #expect(FeasibilityCheck(answer, of: frame).violations == [])
    #expect(answer.batches.map(\.worker.number) == [0, 1, 0, 1])
  }
}
