public import EdgeModel

/// Everything that any node wrote of one batch, joined; times on the base station's run clock.
public struct BatchJourney: Hashable, Sendable {
  public struct Start: Hashable, Sendable {
    public var frame: FrameID
    public var instance: Int
    public var planned: Instant
    public var size: Int
    public var missing: [TaskID]
  }
  public var id: BatchID
  /// The base station's, or the worker's where it formed the batch itself; nil where the last records of who made it were
  /// lost with it.
  public var plan: Placed<BatchPlan>?
  /// The rule by which the worker formed the batch; nil where the base station planned it.
  public var rule: BatchingRule?
  public var start: Placed<Start>?
  /// The worker's index in `Run.workers`; nil where no batch started.
  public var worker: Int?
  /// In the trace's order.
  public var blocks: [Placed<BlockRun>] = []
  public var end: Placed<Int>?
  /// Index in `Run.journeys` of those that left here, in the trace's order.
  public var exits: [Int] = []

  init(_ id: BatchID) { self.id = id }

  public var frame: FrameID? { plan?.value.frame ?? start?.value.frame }
  /// nil where nobody planned it: a batch that its worker formed starts at once.
  public var plannedStart: Instant? { rule == nil ? plan?.value.start ?? start?.value.planned : nil }
}
