public import Units

/// A policy's answer for one frame. Times are seconds from the frame's edge.
public struct FrameAllocation: Hashable, Sendable {
  public enum Status: String, Hashable, Sendable {
    /// Proven best for the policy's objective.
    case optimal
    /// Every promise holds; no claim to be best.
    case feasible
    /// A search stopped at its budget; every promise holds.
    case budget
  }
  public var policy: String
  /// What it maximises, or tries to.
  public var objective: Objective
  public var status: Status
  public var batches: [BatchAllocation]
  /// What workers batch themselves; at most one entry for a worker.
  public var open: [OpenAllocation]
  /// Every unscheduled task exactly once, in the order of the frame's tasks.
  public var refusals: [Refusal]
  /// Nodes a search expanded; 0 for policies that do not search.
  public var searchNodes: Int

  public init(
    policy: String, objective: Objective = .throughput, status: Status, batches: [BatchAllocation] = [],
    open: [OpenAllocation] = [],
    refusals: [Refusal] = [], searchNodes: Int = 0
  ) {
    self.policy = policy
    self.objective = objective
    self.status = status
    self.batches = batches
    self.open = open
    self.refusals = refusals
    self.searchNodes = searchNodes
  }
  /// Everybody who is granted an uplink, batch by batch and then plan by open plan.
  public var granted: [BatchAllocation.Member] {
    batches.flatMap(\.members) + open.flatMap { $0.members.map(\.grant) }
  }
  /// How many tasks are scheduled.
  public var scheduledCount: Int {
    batches.reduce(0) { $0 + $1.members.count } + open.reduce(0) { $0 + $1.members.count }
  }
}

/// One batch of a frame's allocation.
public struct BatchAllocation: Hashable, Sendable {
  public struct Member: Hashable, Sendable {
    public var task: TaskID
    public var bandwidth: Hertz
    /// bandwidth × spectral efficiency.
    public var rate: BitRate
    public var uploadStart: Double
    public var uploadEnd: Double
    public var entry: Int
    /// The exit it leaves at, from 1.
    public var exit: Int
    /// When its exit is done.
    public var completion: Double
    public init(
      task: TaskID, bandwidth: Hertz, rate: BitRate, uploadStart: Double, uploadEnd: Double, entry: Int = 1, exit: Int,
      completion: Double
    ) {
      self.task = task
      self.bandwidth = bandwidth
      self.rate = rate
      self.uploadStart = uploadStart
      self.uploadEnd = uploadEnd
      self.entry = entry
      self.exit = exit
      self.completion = completion
    }
  }
  public var worker: WorkerID
  public var instance: Int
  /// When the batch starts: upload end plus the guard.
  public var start: Double
  public var members: [Member]
  /// Size of the batch that enters block n at `entering[n - 1]`; ends at the deepest exit.
  public var entering: [Int]
  public init(worker: WorkerID, instance: Int = 0, start: Double, members: [Member], entering: [Int]) {
    self.worker = worker
    self.instance = instance
    self.start = start
    self.members = members
    self.entering = entering
  }
}

/// A task that a frame does not schedule, and the first reason that applies.
public struct Refusal: Hashable, Sendable {
  public var task: TaskID
  public var reason: RefusalReason
  public init(task: TaskID, reason: RefusalReason) {
    self.task = task
    self.reason = reason
  }
}
