import EdgeModel
import Nodes
import Testing
import TraceLog
import Units

/// One worker that forms its batches itself, in virtual time, with features that arrive at random.
struct OpenPlanTests {
  private static let bytes = 100

  private func worker(instances: Int = 1, maxBatch: Int = 16, mostAhead: Int = 0) -> EdgeWorker {
    EdgeWorker(
      WorkerConfiguration(
        capability: WorkerCapability(
          worker: 0, name: "w0", engine: "hand", isPaced: false, instances: instances, maxBatch: maxBatch,
          accuracies: [0.8]), featureBytes: [[Self.bytes]], mostAhead: mostAhead))
  }
  private func task(_ device: Int) -> TaskID { TaskID(device: DeviceID(device), number: 0) }
  private func plan(
    id: Int = 0, _ rule: BatchingRule, devices: Range<Int>, priority: (Int) -> Int = { _ in 1 }, bytes: Int = bytes
  ) -> OpenPlan {
    OpenPlan(
      id: BatchID(id), frame: 1, worker: 0, rule: rule,
      members: devices.map { device in
        OpenPlan.Member(
          BatchPlan.Member(
            task: task(device), exit: 1, featureBytes: bytes, uploadEnd: .milliseconds(100),
            completion: .milliseconds(500)), priority: priority(device))
      })
  }
  private func chunk(_ device: Int, batch: Int) -> FeatureChunk {
    FeatureChunk(
      task: task(device), batch: BatchID(batch), sample: device, offset: 0, total: Self.bytes,
      payload: FeaturePayload(storage: nil, offset: 0, count: Self.bytes))
  }

  // MARK: Random arrivals

  /// Features arrive, batches run for a random time: all that a dynamic batcher promises holds at every instant.
  ///
  /// Where it may, a worker of one instance hands it the next batch ahead, and some one more where it is fast.
  @Test(arguments: 0..<500)
  func theRuleHolds(seed: Int) {
    var random = RandomStream(seed: UInt64(seed), device: 0, purpose: "open plans")
    func whole(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    let rule = BatchingRule(
      maxBatch: whole(1...5), queueDelay: .milliseconds(whole(0...1) == 0 ? 0 : whole(0...20)),
      timeout: whole(0...2) == 0 ? .milliseconds(whole(0...30)) : nil)
    let mostAhead = seed < 300 ? 0 : 1 + seed / 2 % 2
    let (count, instances) = (whole(1...40), mostAhead > 0 ? 1 : whole(1...3))
    let priorities = (0..<count).map { _ in whole(1...3) }
    var bench = OpenPlanBench(
      worker(instances: instances, mostAhead: mostAhead), largest: rule.maxBatch, mostAhead: mostAhead)
    bench.priorities = Dictionary(uniqueKeysWithValues: zip((0..<count).map(task), priorities))
    bench.hear(.downlink(.open(plan(rule, devices: 0..<count) { priorities[$0] })), at: .start)
    for device in 0..<count {
      let at = Instant.milliseconds(whole(0...120))
      bench.hear(.chunk(chunk(device, batch: device)), at: at)
      bench.arrivals[task(device)] = at
    }
    let slowest = seed.isMultiple(of: 2) ? 25 : 7
    bench.run { _ in .milliseconds(whole(1...slowest)) }

    #expect(Set(bench.batches.map(\.plan.id)).count == bench.batches.count)
    let batched = bench.batches.flatMap { $0.plan.members.map(\.task) }
    #expect((batched + bench.dropped.map(\.task)).sorted() == (0..<count).map(task))
    #expect(rule.timeout != nil || bench.dropped.isEmpty)
    for dropped in bench.dropped { #expect(dropped.at - bench.arrived(dropped.task) > rule.timeout ?? .zero) }
    for batch in bench.batches { expectIsDue(batch, by: rule, priorities, bench) }
    for ahead in bench.ahead {
      #expect(ahead.members.count == rule.maxBatch && ahead.waiting <= min(ahead.most, mostAhead))
    }
    #expect(bench.missed == [], "a full batch that nothing could change was not handed ahead")
    #expect(bench.reports.sorted() == bench.batches.map(\.plan.id).sorted())
    #expect(instances > 1 || bench.reports == bench.batches.map(\.plan.id))
    #expect(mostAhead == 0 || rule.maxBatch > 1 || rule.timeout != nil || count < 30 || !bench.ahead.isEmpty)
  }

  private func expectIsDue(
    _ batch: OpenPlanBench.Batch, by rule: BatchingRule, _ priorities: [Int], _ bench: OpenPlanBench
  ) {
    let members = batch.plan.members.map(\.task)
    let oldest = members.map(bench.arrived).min() ?? .start
    #expect(!members.isEmpty && members.count <= rule.maxBatch)
    #expect(members.count == rule.maxBatch || batch.plan.start >= oldest + rule.queueDelay)
    // The number is one of its members' own.
    #expect(members.contains(task(batch.plan.id.number)))
    // Who waits has lower priority, or as high a one and came no earlier.
    func rank(_ task: TaskID) -> (Int, Instant) { (priorities[task.device.number], bench.arrived(task)) }
    let last = members.map(rank).max { $0 < $1 } ?? (0, .start)
    for task in bench.waiting(at: batch) { #expect(rank(task) >= last) }
    // No instance was idle while it could have been taken: it started when it fell due or when an instance became free.
    let due = members.count == rule.maxBatch ? members.map(bench.arrived).max() ?? oldest : oldest + rule.queueDelay
    #expect(batch.plan.start <= max(due, bench.lastFreed(before: batch)))
  }

  // MARK: One by one

  @Test func anIdleInstanceTakesWhatIsThereAtOnce() {
    var worker = worker()
    _ = worker.hear(
      .downlink(.open(plan(BatchingRule(maxBatch: 4, queueDelay: .zero), devices: 0..<3))), at: .milliseconds(50))
    let effects = worker.hear(.chunk(chunk(1, batch: 1)), at: .milliseconds(80))
    guard case .run(let job)? = effects.outbound.first else { return #expect(Bool(false)) }
    #expect(job.plan.id == 1 && job.plan.members.map(\.task) == [task(1)] && job.rows.map(\.sample) == [1])
    #expect(effects.records.map(\.event) == ["featureReceived", "batchFormed", "batchStarted"])
    // The next one waits for the instance, and goes when it is free.
    #expect(worker.hear(.chunk(chunk(2, batch: 2)), at: .milliseconds(81)).outbound.isEmpty)
    let freed = worker.hear(.engine(.ended(1, instance: 0)), at: .milliseconds(90))
    #expect(
      freed.outbound.contains { message in if case .run(let job) = message { job.plan.id == 2 } else { false } })
  }

  @Test func aPlanThatCannotBeFollowedIsRejected() {
    let rule = BatchingRule(maxBatch: 4, queueDelay: .zero)
    var foreign = plan(rule, devices: 0..<1)
    foreign.worker = 1
    let faulty = [
      foreign, plan(BatchingRule(maxBatch: 17, queueDelay: .zero), devices: 0..<1),
      plan(BatchingRule(maxBatch: 0, queueDelay: .zero), devices: 0..<1),
      plan(BatchingRule(maxBatch: 1, queueDelay: .milliseconds(-1)), devices: 0..<1),
      plan(BatchingRule(maxBatch: 1, queueDelay: .zero, timeout: .milliseconds(-1)), devices: 0..<1),
      plan(rule, devices: 0..<1, bytes: 99),
      OpenPlan(
        id: 0, frame: 1, worker: 0, rule: rule,
        members: [plan(rule, devices: 0..<1).members[0], plan(rule, devices: 0..<1).members[0]]),
      plan(rule, devices: 0..<65_537),
    ]
    for plan in faulty {
      var worker = worker()
      #expect(worker.hear(.downlink(.open(plan)), at: .milliseconds(50)).isOnlyRejection)
    }
    var worker = worker()
    #expect(worker.hear(.downlink(.open(plan(rule, devices: 0..<2))), at: .milliseconds(50)).rejections.isEmpty)
    #expect(worker.hear(.downlink(.open(plan(id: 1, rule, devices: 2..<3))), at: .milliseconds(51)).isOnlyRejection)
    #expect(worker.hear(.downlink(.open(plan(id: 2, rule, devices: 2..<3))), at: .milliseconds(52)).rejections.isEmpty)
  }

  /// A plan without members changes the rule for those who wait.
  @Test func theNewestRuleHolds() {
    var worker = worker()
    _ = worker.hear(
      .downlink(.open(plan(BatchingRule(maxBatch: 4, queueDelay: .seconds(1)), devices: 0..<2))), at: .milliseconds(50))
    #expect(worker.hear(.chunk(chunk(0, batch: 0)), at: .milliseconds(80)).outbound.isEmpty)
    let changed = worker.hear(
      .downlink(.open(plan(id: 2, BatchingRule(maxBatch: 4, queueDelay: .zero), devices: 0..<0))), at: .milliseconds(90)
    )
    #expect(changed.records.map(\.event) == ["openPlanReceived", "batchFormed", "batchStarted"])
  }
}

/// Drives a worker in virtual time: messages at their instants, timers, and batches that take as long as they are told.
private struct OpenPlanBench {
  struct Batch {
    var plan: BatchPlan
    /// Position among all that happened.
    var order: Int
  }
  private enum Step {
    case message(EdgeWorker.Inbound)
    case timer(EdgeWorker.Timer)
  }
  private var worker: EdgeWorker
  private var steps: [(at: Instant, number: Int, step: Step)] = []
  private var number = 0
  private var freed: [(at: Instant, order: Int)] = []
  var arrivals: [TaskID: Instant] = [:]
  private var gone: [TaskID: Int] = [:]
  private var came: [TaskID: Int] = [:]
  private(set) var batches: [Batch] = []
  private(set) var dropped: [(task: TaskID, at: Instant)] = []
  /// Batches handed to an instance that was at another, and how many it had beside that.
  private(set) var ahead: [(members: [BatchPlan.Member], waiting: Int, most: Int)] = []
  /// Rows of a full batch, and what one should take after the batch that ended last.
  private let largest: Int
  private var took: Duration?
  private var time: [BatchID: (start: Instant, end: Instant)] = [:]
  /// Whose end was reported, in that order.
  private(set) var reports: [BatchID] = []
  /// When each instance is through with what it has, and what it is at or has to do.
  private var through: [Int: Instant] = [:]
  private var held: [Int: Int] = [:]

  private let mostAhead: Int
  var priorities: [TaskID: Int] = [:]
  /// When a full batch waited though the instance could have had it ahead.
  private(set) var missed: [Instant] = []

  init(_ worker: EdgeWorker, largest: Int, mostAhead: Int) {
    self.worker = worker
    self.largest = largest
    self.mostAhead = mostAhead
  }

  mutating func hear(_ message: EdgeWorker.Inbound, at instant: Instant) { add(.message(message), at: instant) }
  private mutating func add(_ step: Step, at instant: Instant) {
    steps.append((instant, number, step))
    number += 1
  }

  mutating func run(_ duration: (BatchPlan) -> Duration) {
    var order = 0
    while let next = steps.indices.min(by: { (steps[$0].at, steps[$0].number) < (steps[$1].at, steps[$1].number) }) {
      let (now, _, step) = steps.remove(at: next)
      order += 1
      let effects: Effects<EdgeWorker>
      switch step {
      case .message(let message):
        if case .chunk(let chunk) = message { came[chunk.task] = order }
        if case .engine(.ended(let batch, let instance)) = message {
          if let (start, end) = time[batch],
            let rows = batches.first(where: { $0.plan.id == batch })?.plan.members.count
          {
            took = (end - start) * max(rows, largest) / rows
            let run = BlockRun(
              batch: batch, instance: instance, block: 1, size: 1, start: start, end: end, expected: .zero,
              computed: .zero)
            _ = worker.hear(.engine(.blockRan(run, answers: [])), at: now)
          }
          freed.append((now, order))
          held[instance, default: 0] -= 1
        }
        effects = worker.hear(message, at: now)
      case .timer(let timer): effects = worker.hear(.fired(timer, planned: now), at: now)
      }
      for (timer, at) in effects.timers { add(.timer(timer), at: max(at, now)) }
      for message in effects.outbound {
        switch message {
        case .run(let job):
          batches.append(Batch(plan: job.plan, order: order))
          for member in job.plan.members { gone[member.task] = order }
          let instance = job.plan.instance
          if let others = held[instance], others > 0 {
            ahead.append((job.plan.members, others, (took ?? .seconds(1)) < .milliseconds(8) ? 2 : 1))
          }
          held[instance, default: 0] += 1
          let start = max(now, through[instance] ?? .start)
          let end = start + duration(job.plan)
          (time[job.plan.id], through[instance]) = ((start, end), end)
          add(.message(.engine(.ended(job.plan.id, instance: instance))), at: end)
        case .uplink(.report(let report)): reports.append(report.batch)
        case .result(.dropped(let task, _, _)):
          dropped.append((task, now))
          gone[task] = order
        default: break
        }
      }
      if shouldHandAhead { missed.append(now) }
    }
  }

  /// Whether the instance is at a batch, may be handed one more, and a full one waits before which nobody can go who is
  /// as urgent as anyone so far.
  private var shouldHandAhead: Bool {
    let before = held[0] ?? 0
    let isFast = took.map { $0 < .milliseconds(8) } ?? false
    guard before > 0, before <= (mostAhead == 2 && !isFast ? 1 : mostAhead) else { return false }
    let waiting = came.keys.filter { gone[$0] == nil }.map { priorities[$0] ?? 1 }.sorted()
    let mostUrgent = came.keys.map { priorities[$0] ?? 1 }.min()
    return waiting.count >= largest && waiting[largest - 1] == mostUrgent
  }

  func arrived(_ task: TaskID) -> Instant { arrivals[task] ?? .distantFuture }
  /// Those that were in when `batch` was formed, and stayed.
  func waiting(at batch: Batch) -> [TaskID] {
    came.filter { $0.value <= batch.order && (gone[$0.key] ?? .max) > batch.order }.map(\.key)
  }
  /// When an instance last became free, at or before `batch` was formed.
  func lastFreed(before batch: Batch) -> Instant { freed.last { $0.order <= batch.order }?.at ?? .start }
}
