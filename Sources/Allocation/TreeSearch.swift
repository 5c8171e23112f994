public import EdgeModel

/// `tree-search`: batching and early exit, the most tasks, exact; with a budget it is anytime.
///
/// Begins with the heuristic's set and asks for one task more until a size is proven infeasible; by heredity no larger
/// one is feasible either. At most C(b + N − 1, N − 1) leaves for a size b; the problem is NP-hard when N is part of
/// the input. Status `optimal` when the last size was proven infeasible, `budget` when the nodes ran out before.
/// Source: Liu, Lan, Huang (depth-first tree search with online pruning); the body is ours (the paper's full text was
/// not available), after the section "Optimal: tree search" of Docs/Policies.md.
public struct TreeSearch: AllocationPolicy {
  public static let name = "tree-search"
  private let ownBudget: SearchBudget

  /// - Parameter budget: nodes for a frame, where the caller of `allocate` does not allow fewer.
  public init(budget: SearchBudget = .unlimited) { ownBudget = budget }

  public func allocate(_ frame: FrameState, budget: SearchBudget) -> FrameAllocation {
    var nodesLeft = min(budget.nodes, ownBudget.nodes)
    let allowed = nodesLeft
    var isProven = true
    return FramePacking(policy: Self.name, exits: .firstGoodEnough).allocate(
      frame, status: { isProven ? .optimal : .budget }, nodes: { allowed - nodesLeft }
    ) { problem in
      var heuristic = ExitAwareSearch(problem)
      var best = heuristic.pack()
      var tree = ExitTree(problem, nodes: nodesLeft)
      search: while best.count < problem.maxBatch {
        switch tree.search(size: best.count + 1) {
        case .found: best = tree.found
        case .infeasible: break search
        case .stopped:
          isProven = false
          break search
        }
      }
      nodesLeft = tree.nodesLeft
      return best
    }
  }
}
