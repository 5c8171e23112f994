public import EdgeModel
public import TraceLog

/// What one node of a simulated run recorded, header and footer included.
public struct SimulatedTrace: Hashable, Sendable {
  public struct Entry: Hashable, Sendable {
    public var instant: Instant
    public var record: TraceRecord
  }
  public var node: SimulatedNode
  public var entries: [Entry]
}
