public import EdgeModel

/// Decides one frame: who uploads, at what bandwidth, in which batch, leaving at which exit.
///
/// One pure function; the only thing a new policy has to write. What it must remember across frames is in `FrameState`.
public protocol AllocationPolicy: Sendable {
  /// Names every task of `frame` exactly once, in a batch or in the refusals; every promise it makes must hold
  /// (Docs/Policies.md lists them, `FeasibilityCheck` tests them).
  func allocate(_ frame: FrameState, budget: SearchBudget) -> FrameAllocation
}

/// How far a search may go, in nodes rather than seconds, so that its answer does not depend on the machine's speed.
public struct SearchBudget: Hashable, Sendable {
  /// Nodes that may be expanded; at least 1.
  public var nodes: Int
  public init(nodes: Int) { self.nodes = nodes }
  public static let unlimited = SearchBudget(nodes: .max)
}
