public import EdgeModel
import Units

/// How long a block's result is held back.
public enum Pacing {
  /// Not at all: the engine's own speed is what counts, and a batch's `speed` does not.
  case none
  /// At full speed not at all, else until what it took ÷ the batch's speed has passed. `sleep` returns at the instant or
  /// later.
  case computed(sleep: (Instant) -> Void)
  /// Until the profile's time ÷ the batch's speed has passed, counted from the batch's start.
  case profile(sleep: (Instant) -> Void)
}

/// Runs one batch at a time on an engine: block by block, letting tasks leave at their exits and join at their entries.
///
/// Members who go on after an exit are kept in front (`BatchRoster`). The plan orders them deepest exit first, so for
/// assigned exits that is a slice; where exits are decided by confidence, or members joined later, rows are gathered.
///
/// With pacing, the k-th result is due at the batch's start plus the profile's sum over the blocks so far: a late
/// wake-up shortens the next wait and does not add up. At a planned fault's speed it is that much later.
public struct BatchExecutor<Engine: InferenceEngine & ~Copyable>: ~Copyable {
  // Inlinable throughout, so that each engine has its own: looked up at run time, these few lines about a block would take
  // longer than all they do.
  @usableFromInline var engine: Engine
  @usableFromInline var batch: FeatureBatch
  @usableFromInline let expectedTimes: ExpectedTimes
  @usableFromInline let pacing: Pacing
  @usableFromInline let now: () -> Instant
  @usableFromInline var roster: BatchRoster

  /// `profiles[c - 1]` gives each block's expected time, and what pacing waits for, with c instances at work; the last
  /// one also stands for more. At least one. `now` reads the run clock.
  ///
  /// Throws where a profile has fewer blocks than the model.
  public init(
    engine: consuming Engine, profiles: [LatencyProfile], pacing: Pacing = .none, now: @escaping () -> Instant
  ) throws(EngineError) {
    precondition(!profiles.isEmpty, "there is a profile for one instance at work")
    for profile in profiles where profile.blocks.count < engine.blockCount {
      throw EngineError(
        "the latency profile has \(profile.blocks.count) blocks, the model \(engine.blockCount)",
        remedy: "use the model's own profile")
    }
    batch = try engine.makeBatch()
    let largestBatch = profiles.reduce(engine.largestBatch) { min($0, $1.largestBatch ?? .max) }
    expectedTimes = ExpectedTimes(profiles, blocks: engine.blockCount, largestBatch: largestBatch)
    roster = BatchRoster(capacity: largestBatch, blocks: engine.blockCount)
    self.largestBatch = largestBatch
    self.engine = engine
    self.pacing = pacing
    self.now = now
  }

  /// On an engine that is alone.
  public init(
    engine: consuming Engine, profile: LatencyProfile, pacing: Pacing = .none, now: @escaping () -> Instant
  ) throws(EngineError) {
    try self.init(engine: engine, profiles: [profile], pacing: pacing, now: now)
  }

  /// Most members of a batch: what the engine takes and the profiles cover.
  public let largestBatch: Int

  /// Runs `job` to its end on the caller's thread. `report` gets one `blockRan` right after each block that had rows,
  /// then exactly one `ended` or `failed`; tasks that had answered before a failure stay answered.
  @inlinable public mutating func run(_ job: BatchJob, report: (BatchEvent) -> Void) {
    do {
      try check(job.plan)
      try runBlocks(of: job, report)
      report(.ended(job.plan.id, instance: job.plan.instance))
    } catch {
      report(.failed(job.plan.id, instance: job.plan.instance, reason: error.description))
    }
  }

  @inlinable func check(_ plan: BatchPlan) throws(EngineError) {
    guard plan.members.count <= largestBatch else {
      throw EngineError(
        "the batch has \(plan.members.count) members, engine and profile take \(largestBatch)",
        remedy: "plan smaller batches")
    }
    for member in plan.members {
      guard member.entry >= 1, member.exit >= member.entry, member.exit <= engine.blockCount else {
        throw EngineError(
          "a member enters block \(member.entry) and leaves at exit \(member.exit), the model has "
            + "\(engine.blockCount)", remedy: "have base station and worker use one model")
      }
    }
  }

  @inlinable mutating func runBlocks(of job: BatchJob, _ report: (BatchEvent) -> Void) throws(EngineError) {
    let plan = job.plan
    batch.removeAll()
    roster.begin(plan.members)
    var due = now()
    for block in stride(from: 1, through: plan.depth, by: 1) {
      let start = now()
      let joining = roster.join(at: block)
      let size = roster.count
      if size == 0 { continue }
      // In nanoseconds: a `Duration`'s sum is one of 128 bits, and a call.
      var computed = joining > 0 ? try letIn(joining, of: job, at: block) : 0
      computed += try engine.run(block: block, on: &batch).nanoseconds
      let exit = try leave(at: block)
      computed += exit.nanoseconds
      let expected = expectedTimes.nanoseconds(
        of: block, size: size, asked: exit.rowsAsked, concurrency: job.concurrency)
      switch pacing {
      case .none: break
      case .computed(let sleep):
        due = Instant(nanoseconds: start.nanoseconds + (job.speed == 1 ? 0 : Self.stretched(computed, to: job.speed)))
        if now() < due { sleep(due) }
      case .profile(let sleep):
        due = Instant(nanoseconds: due.nanoseconds + Self.stretched(expected, to: job.speed))
        if now() < due { sleep(due) }
      }
      let run = BlockRun(
        batch: plan.id, instance: plan.instance, block: block, size: size, start: start, end: now(),
        expectedNanoseconds: expected, computedNanoseconds: computed)
      report(.blockRan(run, answers: exit.answers))
      if roster.mustMove { try engine.gather(roster.order, of: &batch) }
      try engine.keep(first: roster.count, of: &batch)
    }
  }

  /// At a share of full speed, to the nearest nanosecond.
  @usableFromInline static func stretched(_ nanoseconds: Int64, to speed: Double) -> Int64 {
    speed == 1 ? nanoseconds : Int64((Double(nanoseconds) / speed).rounded())
  }

  /// Has the engine take in those who joined last, so many; what it took [ns].
  @inlinable mutating func letIn(_ joining: Int, of job: BatchJob, at block: Int) throws(EngineError) -> Int64 {
    if let features = job.sideBySide, let group = features.group(entering: block), group.samples.count == joining,
      engine.adopt(group, of: features, into: &batch)
    {
      return 0
    }
    defer { roster.letGoOfRows() }
    return try engine.append(roster.rows(of: job, joining: joining), entering: block, to: &batch).nanoseconds
  }

  /// Has the exit behind `block` answer those who may leave here, and takes those who do out of the roster; their rows
  /// are still in the batch. The head runs on the rows of those who may leave alone.
  @inlinable mutating func leave(at block: Int) throws(EngineError) -> ExitOutcome {
    let asked = roster.ask(at: block)
    if asked == 0 { return ExitOutcome(answers: [], rowsAsked: 0, nanoseconds: 0) }
    if roster.mustMove { try engine.gather(roster.order, of: &batch) }
    let head = try engine.runHead(exit: block, rows: roster.count - asked..<roster.count, of: batch)
    precondition(head.answers.count == asked, "the engine answers each row that it was asked")
    return ExitOutcome(
      answers: roster.leave(head.answers, at: block), rowsAsked: asked, nanoseconds: head.nanoseconds)
  }
}

/// What came of an exit.
@usableFromInline struct ExitOutcome {
  @usableFromInline var answers: [TaskAnswer]
  /// Rows the head ran on.
  @usableFromInline var rowsAsked: Int
  @usableFromInline var nanoseconds: Int64
  @usableFromInline init(answers: [TaskAnswer], rowsAsked: Int, nanoseconds: Int64) {
    self.answers = answers
    self.rowsAsked = rowsAsked
    self.nanoseconds = nanoseconds
  }
}
