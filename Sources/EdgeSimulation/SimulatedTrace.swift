public import EdgeModel
public import TraceLog

/// What one node of a simulated run recorded, header and footer included.
public struct SimulatedTrace: Hashable, Sendable {
  public struct Entry: Hashable, Sendable {
    public var instant: Instant
    public var record: TraceRecord
    public init(instant: Instant, record: TraceRecord) {
      self.instant = instant
      self.record = record
    }
  }
  public var node: SimulatedNode
  public var entries: [Entry]
  public init(node: SimulatedNode, entries: [Entry]) {
    self.node = node
    self.entries = entries
  }
}
