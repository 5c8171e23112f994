public import EdgeModel

/// `exit-aware-shelf-packing`: batching and early exit, a heuristic for the most tasks.
///
/// Source: Liu, Lan, Huang (best-shelf-packing modified for early exit); the body is ours (the paper's full text was
/// not available), the refined variant of the section "With early exit, sub-optimal" of Docs/Policies.md.
public struct ExitAwareShelfPacking: AllocationPolicy {
  public static let name = "exit-aware-shelf-packing"
  public init() {}

  public func allocate(_ frame: FrameState, budget: SearchBudget) -> FrameAllocation {
    FramePacking(policy: Self.name, exits: .firstGoodEnough).allocate(frame) { problem in
      var search = ExitAwareSearch(problem)
      return search.pack()
    }
  }
}
