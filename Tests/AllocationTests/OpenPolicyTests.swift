import Allocation
import EdgeModel
import Testing
import Units

/// Policies whose workers batch by themselves.
@Suite struct OpenPolicyTests {
  private func open(_ policy: some AllocationPolicy, _ frame: FrameState) -> OpenAllocation? {
    policy.allocate(frame, budget: .unlimited).open.first
  }

  /// No larger set of tasks could upload at equal shares: tried for every subset.
  @Test(arguments: 0..<20)
  func equalSharesCarryAsManyAsTheyCan(seed: UInt64) {
    var frames = RandomFrames(seed: seed &+ 77)
    for index in 0..<100 {
      var frame = frames.small()
      frame.workers = [frame.workers[0]]
      frame.tasks = Array(frame.tasks.prefix(8))
      let answer = DynamicBatching().allocate(frame, budget: .unlimited)
      #expect(answer.scheduledCount == Self.mostAtEqualShares(frame), "frame \(index)")
      let shares = Set(answer.granted.map(\.bandwidth.value)).subtracting([0])
      #expect(shares.count <= 1)
    }
  }

  private static func mostAtEqualShares(_ frame: FrameState) -> Int {
    let blocks = frame.workers[0].profile.blocks
    var alone = [0.0]
    for block in blocks { alone.append(alone[alone.count - 1] + block.seconds(1)) }
    let candidates = frame.tasks.compactMap { task -> (area: Double, latest: Double)? in
      let exit: Int?
      switch task.requirement {
      case .exit(let asked): exit = asked
      case .accuracy(let least):
        exit = blocks.indices.first { $0 + 1 >= task.entry && blocks[$0].accuracy ?? -1 >= least }.map { $0 + 1 }
      }
      guard let exit, exit >= task.entry, exit <= blocks.count else { return nil }
      return (task.area(inCell: frame.bandwidth.value), min(frame.length ?? .infinity, task.deadline - alone[exit]))
    }
    var most = 0
    for subset in 0..<(1 << candidates.count) {
      let chosen = candidates.indices.filter { subset >> $0 & 1 == 1 }.map { candidates[$0] }
      let isInTime = chosen.allSatisfy { task in
        task.latest >= 0 && Double(chosen.count) * task.area <= frame.bandwidth.value * task.latest
      }
      if isInTime { most = max(most, chosen.count) }
    }
    return most
  }

  /// Equal workers get equal numbers, whoever is not let in; who has a backlog gets fewer.
  @Test(arguments: 0..<50) func equalWorkersShareEvenly(seed: UInt64) {
    var random = RandomStream(seed: seed, device: 0, purpose: "balance")
    var frame = frame(tasks: Int.random(in: 0...24, using: &random))
    for index in frame.tasks.indices {
      frame.tasks[index].feature = Bits(random.uniform() < 0.5 ? 50_000 : 800_000)
    }
    let backlogs = [0, Int.random(in: 0...6, using: &random), 0]
    frame.workers = backlogs.enumerated().map { index, backlog in
      var worker = frame.workers[0]
      (worker.id, worker.name, worker.queue.backlog) = (WorkerID(index), "w\(index)", backlog)
      return worker
    }
    let answer = DynamicBatching().allocate(frame, budget: .unlimited)
    #expect(FeasibilityCheck(answer, of: frame).violations == [])
    let counts = backlogs.indices.map { index in
      answer.open.first { $0.worker == WorkerID(index) }?.members.count ?? 0
    }
    #expect(abs(counts[0] - counts[2]) <= 1)
    #expect(counts[1] == 0 || abs(counts[1] + backlogs[1] - counts[0]) <= 1)
    var reversed = frame
    reversed.workers.reverse()
    reversed.tasks.reverse()
    #expect(DynamicBatching().allocate(reversed, budget: .unlimited).open == answer.open)
  }

  // MARK: The rule

  /// Two blocks of 1 ms a task and 4 ms; tasks that come in with a deadline of 200 ms.
  private func frame(
    tasks: Int, queue: WorkerQueue = WorkerQueue(), offers: [[Int]] = [], deadline: Double = 0.2, length: Double = 0.1
  ) -> FrameState {
    let block = BlockProfile(latency: .linear(alpha: 0.001, beta: 0.004))
    return FrameState(
      bandwidth: .megahertz(10), length: length,
      workers: [WorkerState(maxBatch: 16, profile: LatencyProfile(blocks: [block, block]), queue: queue)],
      tasks: (0..<tasks).map { number in
        FrameTask(
          id: TaskID(device: DeviceID(number), number: 0), feature: Bits(1000), uplink: .spectralEfficiency(1),
          deadline: deadline, requirement: .exit(2), weight: number.isMultiple(of: 2) ? 1 : 5)
      }, recentOffers: offers)
  }

  @Test func heavierTasksGoFirst() throws {
    let plan = try #require(open(DynamicBatching(), frame(tasks: 4)))
    #expect(plan.members.map(\.priority) == [2, 1, 2, 1])
  }
  @Test func optionsAreTheRule() throws {
    let options = BatchingOptions(maxBatch: 5, queueDelay: .milliseconds(7), timeout: .milliseconds(90))
    let plan = try #require(open(DynamicBatching(options), frame(tasks: 4)))
    #expect(plan.maxBatch == 5 && plan.queueDelay == 0.007 && plan.timeout == 0.09)
    let greedy = try #require(open(DynamicBatching(BatchingOptions(maxBatch: 99)), frame(tasks: 4)))
    #expect(greedy.maxBatch == 16)
  }
  @Test func nobodyThereNoPlan() {
    #expect(open(DynamicBatching(), frame(tasks: 0)) == nil)
    #expect(open(AdaptiveBatching(), frame(tasks: 0)) == nil)
    #expect(open(AIMDBatching(), frame(tasks: 0, queue: WorkerQueue(backlog: 2)))?.members.isEmpty == true)
    // What was reported must not be forgotten because nobody offers.
    let late = WorkerQueue(batchLimit: 10, recent: [WorkerQueue.Outcome(size: 3, took: 0.1, late: 1)])
    #expect(open(AIMDBatching(), frame(tasks: 0, queue: late))?.maxBatch == 9)
  }

  /// Additive increase and multiplicative decrease, batch by batch.
  @Test func aimdMovesTheLimit() throws {
    func limit(_ last: Int?, _ recent: [(size: Int, late: Int)]) -> Int? {
      let outcomes = recent.map { WorkerQueue.Outcome(size: $0.size, took: 0.01, late: $0.late) }
      return open(AIMDBatching(), frame(tasks: 1, queue: WorkerQueue(batchLimit: last, recent: outcomes)))?.maxBatch
    }
    #expect(limit(nil, []) == 1)
    // Three full batches within a frame were all formed under the last limit.
    #expect(limit(4, [(4, 0), (4, 0), (4, 0)]) == 7)
    #expect(limit(1, [(1, 0), (1, 0)]) == 3)
    #expect(limit(4, [(2, 0)]) == 4)
    #expect(limit(10, [(3, 1)]) == 9)
    #expect(limit(10, [(10, 0), (10, 2), (9, 0)]) == 9)
    #expect(limit(10, [(10, 2), (10, 0)]) == 10)
    #expect(limit(16, [(16, 0)]) == 16)
    #expect(limit(1, [(1, 1)]) == 1)
  }

  /// More load never means smaller batches, and a batch that keeps up is the smallest that does.
  @Test func adaptiveLimitsFollowTheLoad() throws {
    var last = 0
    for backlog in 0...40 {
      let queue = WorkerQueue(backlog: backlog)
      let plan = try #require(open(AdaptiveBatching(), frame(tasks: 4, queue: queue)))
      #expect(plan.maxBatch >= last)
      last = plan.maxBatch
      func keepsUp(_ size: Int) -> Bool { Double(size) * 0.1 >= Double(4 + backlog) * (0.002 * Double(size) + 0.008) }
      // 1 / (2 ms) · 100 ms: no batch carries 50 tasks in a frame.
      if keepsUp(16) { #expect(keepsUp(plan.maxBatch) && (plan.maxBatch == 1 || !keepsUp(plan.maxBatch - 1))) }
      #expect(plan.queueDelay <= 0.2)
      if backlog >= plan.maxBatch { #expect(plan.queueDelay == 0) }
    }
    #expect(last == 16)
  }
  @Test func adaptiveBatchesFollowTheForecast() throws {
    let calm = try #require(open(AdaptiveBatching(), frame(tasks: 2, offers: [[2, 2, 2, 2, 2, 2]])))
    let rising = try #require(open(AdaptiveBatching(), frame(tasks: 2, offers: [[2, 6, 10, 14, 18, 22]])))
    #expect(calm.maxBatch < rising.maxBatch)
  }
  /// A batch that the tightest task cannot wait for is no choice.
  @Test func adaptiveBatchesSpareTheTightest() throws {
    for milliseconds in 12...60 {
      let deadline = Double(milliseconds) / 1000
      let busy = WorkerQueue(backlog: 100)
      guard let plan = open(AdaptiveBatching(), frame(tasks: 3, queue: busy, deadline: deadline)) else { continue }
      let slack = deadline - (plan.members.map(\.grant.uploadEnd).max() ?? 0)
      #expect(plan.maxBatch == 1 || 0.002 * Double(plan.maxBatch) + 0.008 <= slack + 1e-9)
    }
  }
}
