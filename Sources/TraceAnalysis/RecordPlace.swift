public import EdgeModel

/// Where a record stands: which of the run's traces, and its sequence number there.
public struct RecordPlace: Hashable, Sendable {
  /// Index in `Run.traces`.
  public var trace: Int
  public var sequence: Int
}

/// A value that a record brought, when, and where it stands.
public struct Placed<Value: Hashable & Sendable>: Hashable, Sendable {
  public var value: Value
  /// On the base station's run clock.
  public var instant: Instant
  public var place: RecordPlace
}
