public import EdgeModel

/// `equal-share`: each of b scheduled users gets B / b, otherwise as `exit-aware-shelf-packing`; a heuristic.
///
/// What a cell without channel-aware grants does. User k's upload ends at b·a_k / B, so uploads end at different
/// instants, and a share that is through stays unused; the batch starts when the last one is in:
/// t = max(g, b · max_S a / B). A subset has a smaller b and no larger max, so it is feasible wherever the set is
/// (heredity), and the b least areas among the tasks whose slack lasts have the least t: the same packing is right
/// with this t in place of Σ a / B.
public struct EqualShare: AllocationPolicy {
  public static let name = "equal-share"
  public init() {}

  public func allocate(_ frame: FrameState, budget: SearchBudget) -> FrameAllocation {
    FramePacking(policy: Self.name, exits: .firstGoodEnough, sharing: .equal).allocate(frame) { problem in
      var search = ExitAwareSearch(problem)
      return search.pack()
    }
  }

  /// A task that is feasible alone is scheduled when it is alone. O(workers · N).
  public func schedules(onlyTaskOf frame: FrameState, budget: SearchBudget) -> Bool {
    frame.workers.contains { worker in
      let window = WorkerWindow(frame, worker: worker, exits: .firstGoodEnough)
      return window.maxBatch > 0
        && !BatchProblem.feasibleAlone(frame, indices: frame.tasks.indices, window: window).isEmpty
    }
  }
}
