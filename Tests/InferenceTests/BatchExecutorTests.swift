import EdgeModel
import Inference
import Testing
import Units

/// Time that passes only when someone says so, as whoever simulates will have it.
private final class FakeClock {
  var now = Instant.start
  var random: RandomStream
  /// How late a sleeper may wake.
  let latest: Int64
  init(seed: UInt64, latest: Int64) {
    random = RandomStream(seed: seed, device: 0, purpose: "clock")
    self.latest = latest
  }
  func sleep(until instant: Instant) {
    now = max(now, instant) + .nanoseconds(Int64.random(in: 0...latest, using: &random))
  }
}

/// Replays, and takes time on the fake clock: a share of the table's that may exceed it. Fails where told to.
private struct SlowEngine: InferenceEngine {
  var replay: ReplayEngine
  let clock: FakeClock
  var profile: LatencyProfile
  /// Least and greatest share of the table's time that the engine takes.
  let share: ClosedRange<Double>
  var failsAtBlock = 0

  var blockCount: Int { replay.blockCount }
  var largestBatch: Int { replay.largestBatch }
  func featureValues(entering block: Int) -> Int { replay.featureValues(entering: block) }
  func makeBatch() -> FeatureBatch { replay.makeBatch() }
  mutating func append(
    _ rows: [BatchJob.Row], entering block: Int, to batch: inout FeatureBatch
  ) throws(EngineError) -> BlockReport { try replay.append(rows, entering: block, to: &batch) }
  mutating func run(block: Int, on batch: inout FeatureBatch) throws(EngineError) -> BlockReport {
    if block == failsAtBlock { throw EngineError("it broke", at: "block \(block)", remedy: "mend it") }
    return BlockReport(computed: pass(profile.blocks[block - 1].latency.seconds(batch.rows)))
  }
  mutating func runHead(exit: Int, rows: Range<Int>, of batch: borrowing FeatureBatch) throws(EngineError)
    -> ExitAnswers
  {
    ExitAnswers(
      answers: try replay.runHead(exit: exit, rows: rows, of: batch).answers,
      computed: pass(profile.blocks[exit - 1].head.seconds(rows.count)))
  }
  private func pass(_ seconds: Double) -> Duration {
    let time = Duration.nanoseconds(Int64(seconds * Double.random(in: share, using: &clock.random) * 1e9))
    clock.now = clock.now + time
    return time
  }
}

@Suite struct BatchExecutorTests {
  let model: ModelManifest
  let heldOut: HeldOutImages
  let table: LatencyTable
  init() throws {
    model = try Digits.model()
    heldOut = try HeldOutImages(model)
    table = try LatencyTable(file: "\(Digits.directory)/edge-gpu.json")
  }

  private func job(_ random: inout RandomStream) -> BatchJob {
    let grows = Bool.random(using: &random)
    let members = (0..<Int.random(in: 0...64, using: &random)).map { index in
      let entry = grows ? Int.random(in: 1...4, using: &random) : 1
      let rule: ExitRule =
        Bool.random(using: &random) ? .assigned : .confidence(threshold: Double.random(in: 0...1.1, using: &random))
      return BatchPlan.Member(
        task: TaskID(device: ID(index), number: 7), entry: entry, exit: Int.random(in: entry...4, using: &random),
        rule: rule, featureBytes: 0, uploadEnd: .start, completion: .start)
    }
    let plan = BatchPlan(id: 3, frame: 0, worker: 0, instance: 1, start: .start, members: members)
    return BatchJob(
      plan: plan,
      rows: plan.members.map {
        BatchJob.Row(task: $0.task, sample: Int.random(in: 0..<heldOut.count, using: &random), feature: nil)
      })
  }

  private func run(_ job: BatchJob, on engine: SlowEngine, paced: Bool) throws -> [BatchEvent] {
    let clock = engine.clock
    var executor = try BatchExecutor(
      engine: engine, profile: table.profile, pacing: paced ? .profile(sleep: clock.sleep(until:)) : .none,
      now: { clock.now })
    var events: [BatchEvent] = []
    executor.run(job) { events.append($0) }
    return events
  }
  private func engine(_ clock: FakeClock, share: ClosedRange<Double>, failsAtBlock: Int = 0) -> SlowEngine {
    SlowEngine(
      replay: ReplayEngine(model: model, heldOut: heldOut, largestBatch: 64), clock: clock, profile: table.profile,
      share: share, failsAtBlock: failsAtBlock)
  }
  private func runs(_ events: [BatchEvent]) -> [(run: BlockRun, answers: [TaskAnswer])] {
    events.compactMap { if case .blockRan(let run, let answers) = $0 { (run, answers) } else { nil } }
  }

  @Test func everyTaskAnswersOnceAtTheRightExitAndSizesChangeOnlyByEntriesAndExits() throws {
    for seed in 0..<3000 as Range<UInt64> {
      var random = RandomStream(seed: seed, device: 0, purpose: "job")
      let job = job(&random)
      let events = try run(job, on: engine(FakeClock(seed: seed, latest: 90_000), share: 0...1.3), paced: seed % 2 == 0)
      #expect(events.last == .ended(3, instance: 1))
      let runs = runs(events)
      #expect(runs.count == events.count - 1)
      let rowOf = Dictionary(uniqueKeysWithValues: zip(job.plan.members.map(\.task), job.rows))
      var inside: Set<TaskID> = []
      var answered: Set<TaskID> = []
      var lastBlock = 0
      for (run, answers) in runs {
        #expect(run.block > lastBlock && run.batch == 3 && run.instance == 1)
        lastBlock = run.block
        inside.formUnion(job.plan.members.filter { $0.entry == run.block }.map(\.task))
        #expect(run.size == inside.count && run.size > 0)
        for answer in answers {
          let member = try #require(job.plan.members.first { $0.task == answer.task })
          let sample = try #require(rowOf[answer.task]).sample
          #expect(inside.remove(answer.task) != nil && answered.insert(answer.task).inserted)
          #expect(answer.exit == run.block && answer.exit <= member.exit)
          #expect(answer.predicted == heldOut.predicted(sample, exit: answer.exit))
          #expect(answer.confidence == heldOut.confidence(sample, exit: answer.exit))
          if case .confidence(let threshold) = member.rule {
            #expect(answer.exit == member.exit || answer.confidence >= threshold)
          } else {
            #expect(answer.exit == member.exit)
          }
        }
      }
      #expect(inside.isEmpty && answered.count == job.plan.members.count)
    }
  }

  @Test func pacedResultsAreDueAtTheTablesSumFromTheStart() throws {
    let latest: Int64 = 90_000
    for seed in 0..<1000 as Range<UInt64> {
      var random = RandomStream(seed: seed, device: 0, purpose: "job")
      let job = job(&random)
      let runs = runs(try run(job, on: engine(FakeClock(seed: seed, latest: latest), share: 0.1...0.9), paced: true))
      var due = Instant.start
      var previousEnd = Instant.start
      var answered: Set<TaskID> = []
      for (run, answers) in runs {
        let head = asked(at: run.block, job, answered)
        answered.formUnion(answers.map(\.task))
        let block = table.profile.blocks[run.block - 1]
        let seconds = block.latency.seconds(run.size) + block.head.seconds(head)
        #expect(run.expected == .nanoseconds(Int64((seconds * 1e9).rounded())))
        #expect(run.computed < run.expected)
        due = due + run.expected
        // Were wake-up errors to add up, this would fail within a few blocks.
        #expect(run.end >= due && run.end <= due + .nanoseconds(latest))
        #expect(run.start == previousEnd)
        previousEnd = run.end
      }
    }
  }

  /// A profile each for 1, 2, … instances at work, none like another, in no order of speed.
  private func randomProfiles(_ random: inout RandomStream) -> [LatencyProfile] {
    func curve() -> LatencyCurve {
      if Bool.random(using: &random) {
        return .linear(
          alpha: Double.random(in: 0...4e-4, using: &random), beta: Double.random(in: 2e-5...4e-3, using: &random))
      }
      return .table((0..<64).map { _ in Double.random(in: 2e-5...4e-3, using: &random) })
    }
    return (0..<Int.random(in: 1...4, using: &random)).map { _ in
      LatencyProfile(blocks: (0..<4).map { _ in BlockProfile(latency: curve(), head: curve()) })
    }
  }

  /// Whatever the instances at work, their profiles and the job's speed: the k-th result is due at the batch's start
  /// plus the first k blocks' times by the profile of that many ÷ speed, and what wake-ups are late does not add up.
  @Test func itIsPacedByAsManyInstancesAsAreAtWork() throws {
    let latest: Int64 = 90_000
    var used: [[Int]: Int] = [:]
    for seed in 0..<2000 as Range<UInt64> {
      var random = RandomStream(seed: seed, device: 0, purpose: "concurrency")
      let profiles = randomProfiles(&random)
      var job = job(&random)
      job.concurrency = Int.random(in: 0...6, using: &random)
      if Bool.random(using: &random) { job.speed = Double.random(in: 0.05...1, using: &random) }
      // The last profile stands for more instances than there are profiles.
      let number = min(max(job.concurrency, 1), profiles.count)
      used[[number, profiles.count], default: 0] += 1
      let (clock, isPaced) = (FakeClock(seed: seed, latest: latest), seed % 4 > 0)
      clock.now = Instant(nanoseconds: Int64.random(in: 0...9_000_000_000, using: &random))
      let start = clock.now
      var slow = engine(clock, share: 0...0.9)
      // Faster by far than all of the profiles: they alone say when a result is due.
      slow.profile = LatencyProfile(blocks: (0..<4).map { _ in BlockProfile(latency: .linear(alpha: 0, beta: 2e-5)) })
      var executor = try BatchExecutor(
        engine: slow, profiles: profiles, pacing: isPaced ? .profile(sleep: clock.sleep(until:)) : .none,
        now: { clock.now })
      var events: [BatchEvent] = []
      executor.run(job) { events.append($0) }
      #expect(events.last == .ended(3, instance: 1))
      var (sum, answered) = (0.0, Set<TaskID>())
      for (index, (run, answers)) in runs(events).enumerated() {
        let head = asked(at: run.block, job, answered)
        answered.formUnion(answers.map(\.task))
        let block = profiles[number - 1].blocks[run.block - 1]
        let seconds = block.latency.seconds(run.size) + block.head.seconds(head)
        #expect(abs(Double(run.expected.inNanoseconds) - seconds * 1e9) <= 0.5001, "seed \(seed)")
        sum += seconds / job.speed
        guard isPaced else { continue }
        // Each block's time and its stretch are rounded to a nanosecond.
        let rounding = (index + 1) * (1 + Int((0.5 / job.speed).rounded(.up)))
        let early = Int64((sum * 1e9).rounded(.down)) - Int64(rounding)
        #expect(run.end >= start + .nanoseconds(early), "seed \(seed), block \(run.block): too early")
        #expect(
          run.end <= start + .nanoseconds(early + Int64(2 * rounding) + 1 + latest),
          "seed \(seed), block \(run.block): too late")
      }
    }
    // Every profile of every number of them, and each often.
    #expect(used.count == 10 && used.values.allSatisfy { $0 > 40 }, "\(used)")
  }

  /// On how many rows the head behind `block` runs: those who may leave here, and nobody else.
  private func asked(at block: Int, _ job: BatchJob, _ answered: Set<TaskID>) -> Int {
    job.plan.members.count { member in
      guard member.entry <= block, !answered.contains(member.task) else { return false }
      return member.exit == block || (member.exit > block && member.rule != .assigned)
    }
  }

  /// A planned fault's speed: a paced engine's sum is that much longer, a bare one's own time is, and nothing else changes.
  @Test func aSlowedBatchIsHeldBackByItsSpeed() throws {
    for seed in 0..<300 as Range<UInt64> {
      var random = RandomStream(seed: seed, device: 0, purpose: "job")
      var job = job(&random)
      job.speed = Double.random(in: 0.05...1, using: &random)
      func longer(_ time: Duration) -> Duration {
        .nanoseconds(Int64((Double(time.inNanoseconds) / job.speed).rounded()))
      }
      var due = Instant.start
      for (run, _) in runs(try run(job, on: engine(FakeClock(seed: seed, latest: 0), share: 0.1...0.9), paced: true)) {
        due = due + longer(run.expected)
        #expect(run.end == due && run.computed < run.expected)
      }
      let clock = FakeClock(seed: seed, latest: 0)
      var executor = try BatchExecutor(
        engine: engine(clock, share: 0.5...1.5), profile: table.profile,
        pacing: .computed(sleep: clock.sleep(until:)), now: { clock.now })
      executor.run(job) { event in
        guard case .blockRan(let run, _) = event else { return }
        #expect(run.end - run.start == longer(run.computed))
      }
    }
  }

  @Test func anEngineSlowerThanItsTableIsSeenAsSuch() throws {
    var random = RandomStream(seed: 1, device: 0, purpose: "job")
    var job = job(&random)
    while job.rows.isEmpty { job = self.job(&random) }
    for (run, _) in runs(try run(job, on: engine(FakeClock(seed: 1, latest: 0), share: 1.2...1.3), paced: true)) {
      #expect(run.computed > run.expected && run.end - run.start == run.computed)
    }
  }

  @Test func aFailureEndsTheBatchAndKeepsWhatWasAnswered() throws {
    let members = (1...4).map {
      BatchPlan.Member(
        task: TaskID(device: 0, number: $0), exit: $0, featureBytes: 0, uploadEnd: .start, completion: .start)
    }
    let plan = BatchPlan(id: 9, frame: 0, worker: 0, start: .start, members: members)
    let job = BatchJob(plan: plan, rows: plan.members.map { BatchJob.Row(task: $0.task, sample: 0, feature: nil) })
    let events = try run(job, on: engine(FakeClock(seed: 0, latest: 0), share: 0...0, failsAtBlock: 3), paced: false)
    #expect(runs(events).flatMap { $0.answers.map(\.task.number) } == [1, 2])
    #expect(events.last == .failed(9, instance: 0, reason: "it broke, block 3; mend it"))
  }

  /// Whatever a batch that failed left behind, the next ones are those of a new executor.
  @Test func batchesAfterAFailureAreAsGoodAsNew() throws {
    var ended = 0
    for seed in 0..<200 as Range<UInt64> {
      var random = RandomStream(seed: seed, device: 0, purpose: "failures")
      let broken = BrokenEngine(ReplayEngine(model: model, heldOut: heldOut, largestBatch: 64))
      let failure = broken.failure
      var executor = try BatchExecutor(engine: broken, profile: table.profile, now: { .start })
      for _ in 0..<12 {
        failure.callsLeft = Bool.random(using: &random) ? .max : Int.random(in: 0...10, using: &random)
        let (job, callsLeft) = (job(&random), failure.callsLeft)
        var events: [BatchEvent] = []
        executor.run(job) { events.append($0) }
        let another = BrokenEngine(ReplayEngine(model: model, heldOut: heldOut, largestBatch: 64))
        another.failure.callsLeft = callsLeft
        var fresh = try BatchExecutor(engine: another, profile: table.profile, now: { .start })
        var expected: [BatchEvent] = []
        fresh.run(job) { expected.append($0) }
        #expect(events == expected, "seed \(seed)")
        if case .ended = events.last { ended += 1 }
      }
    }
    #expect(ended > 1000 && ended < 2200, "both kinds, again and again: \(ended)")
  }

  @Test func plansThatDoNotFitAreFailuresNotTraps() throws {
    func fails(_ member: (entry: Int, exit: Int), sample: Int = 0, count: Int = 1) throws -> String {
      let members = (0..<count).map {
        BatchPlan.Member(
          task: TaskID(device: 0, number: $0), entry: member.entry, exit: member.exit, featureBytes: 0,
          uploadEnd: .start, completion: .start)
      }
      let plan = BatchPlan(id: 1, frame: 0, worker: 0, start: .start, members: members)
      let rows = plan.members.map { BatchJob.Row(task: $0.task, sample: sample, feature: nil) }
      let events = try run(
        BatchJob(plan: plan, rows: rows), on: engine(FakeClock(seed: 0, latest: 0), share: 0...0), paced: false)
      guard events.count == 1, case .failed(1, 0, let reason) = events[0] else { return "\(events)" }
      return reason
    }
    #expect(try fails((0, 1)).hasPrefix("a member enters block 0"))
    #expect(try fails((1, 5)).contains("leaves at exit 5"))
    #expect(try fails((3, 2)).hasPrefix("a member enters block 3"))
    for (entry, exit) in [
      (Int.max, Int.max), (1, Int.max), (Int.min, 1), (Int.min, Int.max), (1 << 32 + 1, 1 << 32 + 1),
    ] {
      #expect(try fails((entry, exit)).hasPrefix("a member enters block \(entry) and leaves at exit \(exit)"))
    }
    #expect(try fails((1, 1), count: 65).contains("65 members"))
    #expect(try fails((1, 1), sample: 2000).contains("no held-out image 2000"))
    #expect(try fails((1, 1), sample: -1).contains("no held-out image -1"))
  }

  @Test func aProfileWithTooFewBlocksIsRefused() throws {
    let short = LatencyProfile(blocks: Array(table.profile.blocks.dropLast()))
    let engine = ReplayEngine(model: model, heldOut: heldOut, largestBatch: 4)
    #expect(throws: EngineError.self) {
      _ = try BatchExecutor(engine: engine, profile: short, now: { .start }).largestBatch
    }
  }
}
