public import EdgeModel

/// How far a run is, as the base station knows it.
public struct RunProgress: Hashable, Sendable {
  public var elapsed = Instant.start
  public var offered = 0
  /// Tasks that ended, and those of them that were in time.
  public var settled = 0
  public var completed = 0
  /// Batches planned, and their members.
  public var batches = 0
  public var batched = 0
  public init() {}
  public var deadlineRate: Double { settled == 0 ? 0 : Double(completed) / Double(settled) }
  public var meanBatch: Double { batches == 0 ? 0 : Double(batched) / Double(batches) }
}
