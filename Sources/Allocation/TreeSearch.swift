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
  private let ownBudget: SearchBudget?

  /// - Parameter budget: nodes for a frame, where the caller of `allocate` does not allow fewer; nil:
  ///   `defaultBudget(tasks:)`.
  public init(budget: SearchBudget? = nil) { ownBudget = budget }

  /// 20,000 nodes, some tens of milliseconds, up to 1,000 tasks; above that fewer, since a node takes O(K).
  public static func defaultBudget(tasks: Int) -> SearchBudget {
    SearchBudget(nodes: 20_000_000 / max(1000, min(tasks, 1_000_000)))
  }

  public func allocate(_ frame: FrameState, budget: SearchBudget) -> FrameAllocation {
    let own = ownBudget ?? Self.defaultBudget(tasks: frame.tasks.count)
    let allowed = max(1, min(budget.nodes, own.nodes))
    var nodesLeft = allowed
    var isProven = true
    return FramePacking(policy: Self.name, exits: .firstGoodEnough).allocate(
      frame, status: { isProven ? .optimal : .budget }, nodes: { allowed - nodesLeft }
    ) { problem in
      var tree = ExitTree(problem, nodes: nodesLeft)
      let largest = tree.largestPossibleSize()
      var heuristic = ExitAwareSearch(problem, largestSize: largest)
      var best = heuristic.pack()
      search: while best.count < largest {
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
