import Units

/// What an engine says of one block run on one batch.
public struct BlockRun: Hashable, Sendable {
  public var batch: BatchID
  /// The worker's engine instance, from 0.
  public var instance: Int
  /// From 1.
  public var block: Int
  /// Rows that ran.
  public var size: Int
  public var start: Instant
  /// When body and exit head were done and, with emulated timing, the table's time had passed.
  public var end: Instant
  // In nanoseconds, since an engine's thread makes one of these behind every block: a `Duration` is 128 bits wide.
  private var expectedNanoseconds: Int64
  private var computedNanoseconds: Int64
  /// What the profile or table says for this size: body, and head on the rows that leave. To the nanosecond.
  public var expected: Duration {
    get { .nanoseconds(expectedNanoseconds) }
    set { expectedNanoseconds = newValue.inNanoseconds }
  }
  /// What the engine itself took; less than `end - start` where a table holds the result back. To the nanosecond.
  public var computed: Duration {
    get { .nanoseconds(computedNanoseconds) }
    set { computedNanoseconds = newValue.inNanoseconds }
  }
  public init(
    batch: BatchID, instance: Int, block: Int, size: Int, start: Instant, end: Instant, expected: Duration,
    computed: Duration
  ) {
    self.init(
      batch: batch, instance: instance, block: block, size: size, start: start, end: end,
      expectedNanoseconds: expected.inNanoseconds, computedNanoseconds: computed.inNanoseconds)
  }
  public init(
    batch: BatchID, instance: Int, block: Int, size: Int, start: Instant, end: Instant, expectedNanoseconds: Int64,
    computedNanoseconds: Int64
  ) {
    self.batch = batch
    self.instance = instance
    self.block = block
    self.size = size
    self.start = start
    self.end = end
    self.expectedNanoseconds = expectedNanoseconds
    self.computedNanoseconds = computedNanoseconds
  }
}

/// A task's answer at its exit.
public struct TaskAnswer: Hashable, Sendable {
  public var task: TaskID
  /// The exit it left at, from 1.
  public var exit: Int
  /// The class with the greatest logit.
  public var predicted: Int
  /// Greatest softmax output, in 0...1.
  public var confidence: Double
  public init(task: TaskID, exit: Int, predicted: Int, confidence: Double) {
    self.task = task
    self.exit = exit
    self.predicted = predicted
    self.confidence = confidence
  }
}

/// A model that a batch needed and that was not loaded.
public struct ModelLoad: Hashable, Sendable {
  public var batch: BatchID
  public var model: ModelID
  /// Loading it, and unloading those that made room.
  public var took: Duration
  /// Of its files, and of all that are loaded now.
  public var bytes: Int
  public var loadedBytes: Int
  public var unloaded: [ModelID]
  public init(batch: BatchID, model: ModelID, took: Duration, bytes: Int, loadedBytes: Int, unloaded: [ModelID]) {
    self.batch = batch
    self.model = model
    self.took = took
    self.bytes = bytes
    self.loadedBytes = loadedBytes
    self.unloaded = unloaded
  }
}

/// What happens while an engine instance runs a batch, in this order: a load, blocks, then one end or failure.
public enum BatchEvent: Hashable, Sendable {
  case modelLoaded(ModelLoad, instance: Int)
  /// A block is done; `answers` are those of the tasks that leave here.
  case blockRan(BlockRun, answers: [TaskAnswer])
  case ended(BatchID, instance: Int)
  /// The engine failed; the batch's tasks that have not answered are lost.
  case failed(BatchID, instance: Int, reason: String)

  /// The batch that this is the last of.
  public var endedBatch: BatchID? {
    switch self {
    case .modelLoaded, .blockRan: nil
    case .ended(let batch, _), .failed(let batch, _, _): batch
    }
  }
}

/// A batch ready to run: the plan's members that are in, and their features in the plan's order.
public struct BatchJob: Sendable {
  public struct Row: Sendable {
    public var task: TaskID
    /// Which of the model's held-out images the feature was computed from: a replayed table answers by it.
    public var sample: Int
    /// nil only where no engine will read it: in simulation, at a replay, and where it lies side by side with the others.
    public var feature: (any FeatureStorage)?
    public init(task: TaskID, sample: Int, feature: (any FeatureStorage)?) {
      self.task = task
      self.sample = sample
      self.feature = feature
    }
  }
  public var plan: BatchPlan
  /// `rows[i]` belongs to `plan.members[i]`.
  public var rows: [Row]
  /// The features of `rows`, where somebody has put them together.
  public var sideBySide: FeatureRows?
  /// How many of the worker's instances are at work when it starts, its own included; at least 1. It takes as long as the
  /// profile says for so many.
  public var concurrency: Int
  /// The share of its speed at which the engine is to run it, positive: below 1 it is held back (a planned fault).
  public var speed: Double
  public init(plan: BatchPlan, rows: [Row], concurrency: Int = 1, speed: Double = 1) {
    precondition(plan.members.count == rows.count, "a batch needs one row per member")
    self.plan = plan
    self.rows = rows
    self.concurrency = concurrency
    self.speed = speed
  }
}
