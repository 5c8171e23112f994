/// One batch: who is in it, where each member enters and leaves the backbone, and when it starts.
///
/// Members are ordered deepest exit first, so that those who go on after an exit are a contiguous prefix and shrinking
/// the batch is a slice.
public struct BatchPlan: Hashable, Sendable {
  public struct Member: Hashable, Sendable {
    public var task: TaskID
    /// The first block it runs, from 1.
    public var entry: Int
    /// The block behind which it leaves at the latest, from `entry`.
    public var exit: Int
    /// Whether it may leave earlier than that.
    public var rule: ExitRule
    /// Bytes of the feature it uploads.
    public var featureBytes: Int
    /// When the last byte of its feature is due at the worker.
    public var uploadEnd: Instant
    /// When it must be at its exit for its deadline to hold, on the plan's latencies.
    public var completion: Instant
    public init(
      task: TaskID, entry: Int = 1, exit: Int, rule: ExitRule = .assigned, featureBytes: Int, uploadEnd: Instant,
      completion: Instant
    ) {
      self.task = task
      self.entry = entry
      self.exit = exit
      self.rule = rule
      self.featureBytes = featureBytes
      self.uploadEnd = uploadEnd
      self.completion = completion
    }
  }
  public var id: BatchID
  public var frame: FrameID
  public var worker: WorkerID
  /// The worker's engine instance, from 0.
  public var instance: Int
  /// Which of the topology's models all members run.
  public var model: ModelID
  public var start: Instant
  public private(set) var members: [Member]

  /// Sorts the members deepest exit first; those with equal exits by task.
  public init(
    id: BatchID, frame: FrameID, worker: WorkerID, instance: Int = 0, model: ModelID = 0, start: Instant,
    members: [Member]
  ) {
    self.id = id
    self.frame = frame
    self.worker = worker
    self.instance = instance
    self.model = model
    self.start = start
    self.members = members.sorted { ($1.exit, $0.task) < ($0.exit, $1.task) }
  }

  /// The deepest block any member runs; 0 for an empty plan.
  public var depth: Int { members.first?.exit ?? 0 }
  /// How many members are in the batch that enters `block`, on the plan.
  public func entering(block: Int) -> Int { members.count { $0.entry <= block && $0.exit >= block } }
  /// `entering(block:)` for blocks 1 to `depth`.
  public var entering: [Int] { depth == 0 ? [] : (1...depth).map(entering(block:)) }
  /// The same plan with only the members that `isKept` says.
  public func keeping(_ isKept: (Member) -> Bool) -> BatchPlan {
    var copy = self
    copy.members.removeAll { !isKept($0) }
    return copy
  }
}

/// How a task's exit is decided while its batch runs.
public enum ExitRule: Hashable, Sendable {
  /// It leaves at the plan's exit.
  case assigned
  /// It may leave at an earlier exit whose head is at least this sure (greatest softmax output, in 0...1); it never runs
  /// deeper than its plan, so every promised deadline still holds.
  case confidence(threshold: Double)
}
