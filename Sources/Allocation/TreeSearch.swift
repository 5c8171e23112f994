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
  private let objective: Objective

  /// - Parameter budget: nodes for a frame, where the caller of `allocate` does not allow fewer; nil:
  ///   `defaultBudget(tasks:)`.
  public init(budget: SearchBudget? = nil, objective: Objective = .throughput) {
    ownBudget = budget
    self.objective = objective
  }

  /// 20,000 nodes, some tens of milliseconds, up to 1,000 tasks; above that fewer, since a node takes O(K).
  public static func defaultBudget(tasks: Int) -> SearchBudget {
    SearchBudget(nodes: 20_000_000 / max(1000, min(tasks, 1_000_000)))
  }

  public func allocate(_ frame: FrameState, budget: SearchBudget) -> FrameAllocation {
    let own = ownBudget ?? Self.defaultBudget(tasks: frame.tasks.count)
    let allowed = max(1, min(budget.nodes, own.nodes))
    var answer =
      objective.isUniform(over: frame) ? mostTasks(frame, nodes: allowed) : greatestValue(frame, nodes: allowed)
    answer.objective = objective
    return answer
  }

  private func mostTasks(_ frame: FrameState, nodes allowed: Int) -> FrameAllocation {
    var nodesLeft = allowed
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

  /// A size that is infeasible or worse says nothing of the next one here, so all are searched, from the heuristic's
  /// outwards.
  private func greatestValue(_ frame: FrameState, nodes allowed: Int) -> FrameAllocation {
    var nodesLeft = allowed
    var isProven = true
    return FramePacking(policy: Self.name, exits: .firstGoodEnough, keepsDominated: true).allocate(
      frame, status: { isProven ? .optimal : .budget }, nodes: { allowed - nodesLeft }
    ) { problem in
      let weighted = WeightedProblem(problem, in: frame, objective: objective)
      var heuristic = WeightedExitAwareSearch(weighted)
      let start = heuristic.pack()
      var tree = WeightedExitTree(weighted, from: start, nodes: nodesLeft)
      let sizes = (1..<(problem.maxBatch + 1)).sorted { (abs($0 - start.count), $0) < (abs($1 - start.count), $1) }
      isProven = sizes.allSatisfy { tree.search(size: $0) } && isProven
      nodesLeft = tree.nodesLeft
      return tree.best
    }
  }
}
