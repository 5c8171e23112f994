/// How a worker forms batches itself from the features that have arrived: the rule of a serving system's dynamic batcher
/// (NVIDIA Triton Inference Server, "Dynamic Batcher").
public struct BatchingRule: Hashable, Sendable {
  /// The largest batch; at least 1.
  public var maxBatch: Int
  /// How long the oldest waiting feature may wait for the batch to become full. Zero: an idle instance takes what is there.
  public var queueDelay: Duration
  /// Who has waited longer than this when a batch is formed is dropped; nil: nobody is.
  public var timeout: Duration?
  public init(maxBatch: Int, queueDelay: Duration, timeout: Duration? = nil) {
    self.maxBatch = maxBatch
    self.queueDelay = queueDelay
    self.timeout = timeout
  }
}

/// Tasks that a frame sends to a worker without saying when they run: the worker queues their features as they arrive and
/// forms batches by the newest plan's rule, across frames.
///
/// The plan reserves one batch number for each member, from `id` on. A batch that the worker forms takes the number of
/// its first member, so every batch of a run has one number, whoever made it.
public struct OpenPlan: Hashable, Sendable {
  public struct Member: Hashable, Sendable {
    /// `completion` is the latest moment at which its answer is of use: nothing is promised.
    public var member: BatchPlan.Member
    /// 1 goes first; equal ones in the order of their arrival.
    public var priority: Int
    public init(_ member: BatchPlan.Member, priority: Int = 1) {
      self.member = member
      self.priority = priority
    }
  }
  public var id: BatchID
  public var frame: FrameID
  public var worker: WorkerID
  public var rule: BatchingRule
  /// In the order of their reserved numbers; may be empty, where only the rule changes.
  public var members: [Member]
  public init(id: BatchID, frame: FrameID, worker: WorkerID, rule: BatchingRule, members: [Member]) {
    self.id = id
    self.frame = frame
    self.worker = worker
    self.rule = rule
    self.members = members
  }
  /// The number reserved for the member at `index`.
  public func reserved(_ index: Int) -> BatchID { BatchID(id.number + index) }
}
