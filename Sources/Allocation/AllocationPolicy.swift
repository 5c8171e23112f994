public import EdgeModel

/// Decides one frame: who uploads, at what bandwidth, in which batch, leaving at which exit.
///
/// One pure function; the only thing a new policy has to write. What it must remember across frames is in `FrameState`.
public protocol AllocationPolicy: Sendable {
  /// Names every task of `frame` exactly once, in a batch or in the refusals; every promise it makes must hold
  /// (Docs/Policies.md lists them, `FeasibilityCheck` tests them).
  func allocate(_ frame: FrameState, budget: SearchBudget) -> FrameAllocation
  /// Whether `allocate` schedules the only task of `frame`: what the base station asks of its fallback for every task that
  /// a frame leaves out. There is no need to write it; a policy may answer without making the allocation.
  func schedules(onlyTaskOf frame: FrameState, budget: SearchBudget) -> Bool
}

extension AllocationPolicy {
  public func schedules(onlyTaskOf frame: FrameState, budget: SearchBudget) -> Bool {
    allocate(frame, budget: budget).scheduledCount == 1
  }
}

/// How far a search may go, in nodes rather than seconds, so that its answer does not depend on the machine's speed.
public struct SearchBudget: Hashable, Sendable {
  /// Nodes that may be expanded; at least 1.
  public var nodes: Int
  public init(nodes: Int) { self.nodes = nodes }
  public static let unlimited = SearchBudget(nodes: .max)
}
