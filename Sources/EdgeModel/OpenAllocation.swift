/// Tasks of a frame that a worker batches itself from what has arrived. Times are seconds from the frame's edge.
public struct OpenAllocation: Hashable, Sendable {
  public struct Member: Hashable, Sendable {
    /// Bandwidth, upload and exit; `completion` is the task's deadline, since nothing earlier is promised.
    public var grant: BatchAllocation.Member
    /// 1 goes first; at least 1.
    public var priority: Int
    public init(_ grant: BatchAllocation.Member, priority: Int = 1) {
      self.grant = grant
      self.priority = priority
    }
  }
  public var worker: WorkerID
  /// The largest batch the worker may form, from 1 to what it takes.
  public var maxBatch: Int
  /// How long the oldest waiting feature may wait for a full batch [s], at least 0.
  public var queueDelay: Double
  /// Who waits longer is dropped [s]; nil: nobody.
  public var timeout: Double?
  public var members: [Member]
  public init(
    worker: WorkerID, maxBatch: Int, queueDelay: Double = 0, timeout: Double? = nil, members: [Member]
  ) {
    self.worker = worker
    self.maxBatch = maxBatch
    self.queueDelay = queueDelay
    self.timeout = timeout
    self.members = members
  }
}
