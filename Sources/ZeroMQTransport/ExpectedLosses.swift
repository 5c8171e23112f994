public import EdgeModel

/// Nodes that a run goes on without while they are gone, because its topology plans to take them away. Every other
/// node's silence ends the run.
public struct ExpectedLosses: Hashable, Sendable {
  public struct Node: Hashable, Sendable {
    public var name: String
    /// While it is gone the run does not end before this instant, because it is to come back; nil: it is not.
    public var awaitedUntil: Instant?
    public init(name: String, awaitedUntil: Instant? = nil) {
      self.name = name
      self.awaitedUntil = awaitedUntil
    }
  }
  private let nodes: [Node]

  /// Names are unique.
  public init(_ nodes: [Node] = []) { self.nodes = nodes }

  var isEmpty: Bool { nodes.isEmpty }
  /// Whether the run goes on without `name`. O(nodes).
  func include(_ name: String) -> Bool { nodes.contains { $0.name == name } }
  /// Whether a run is kept open for `name`, which is gone. O(nodes).
  func isAwaited(_ name: String, at now: Instant) -> Bool {
    nodes.first { $0.name == name }?.awaitedUntil.map { now < $0 } ?? false
  }
}
