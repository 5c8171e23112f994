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
  /// nil where the worker formed the batch itself, or the base station's last records were lost with it.
  public var plan: Placed<BatchPlan>?
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
  public var plannedStart: Instant? { plan?.value.start ?? start?.value.planned }
}
