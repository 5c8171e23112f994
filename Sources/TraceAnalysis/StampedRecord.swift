public import EdgeModel
public import TraceLog

/// One line of a trace: a record, its place in the file, and when it happened.
public struct StampedRecord: Hashable, Sendable {
  /// From 0 in every file, without gaps.
  public var sequence: Int
  /// On the node's run clock; once a `Run` is loaded, on the base station's.
  public var instant: Instant
  public var record: TraceRecord
  public init(sequence: Int, instant: Instant, record: TraceRecord) {
    self.sequence = sequence
    self.instant = instant
    self.record = record
  }
}
