public import EdgeModel

/// `tree-search`: batching and early exit, the most tasks or the greatest sum of weights, exact; with a budget it is
/// anytime.
///
/// Begins with the heuristic's set and asks for one task more until a size is proven infeasible; by heredity no larger
/// one is feasible either. At most C(b + N − 1, N − 1) leaves for a size b; the problem is NP-hard when N is part of
/// the input. Status `optimal` when the last size was proven infeasible, `budget` when the nodes ran out before.
/// Source: Liu, Lan, Huang (depth-first tree search with online pruning); the body is ours (the paper's full text was
/// not available), after the section "Optimal: tree search" of Docs/Policies.md.
///
/// Where weights differ a larger batch may be worth less, so an infeasible size proves nothing of the value: every size
/// is searched, each with a bound on the value (`WeightedExitTree`, which proves it), and `optimal` means that all were.
/// There values a part in 10¹² apart count as the same.
public struct TreeSearch: AllocationPolicy {
  public static let name = "tree-search"
  private let ownBudget: SearchBudget?
  private let objective: Objective

  /// - Parameters:
  ///   - budget: nodes for a frame, where the caller of `allocate` does not allow fewer; nil: a default by the number
  ///     of tasks.
  ///   - objective: what is maximised.
  public init(budget: SearchBudget? = nil, objective: Objective = .throughput) {
    ownBudget = budget
    self.objective = objective
  }

  /// 20,000 nodes, some tens of milliseconds, up to 1,000 tasks; above that fewer, since a node takes O(K).
  public static func defaultBudget(tasks: Int) -> SearchBudget {
    SearchBudget(nodes: 20_000_000 / max(1000, min(tasks, 1_000_000)))
  }

  /// The same where weights differ: 20,000 nodes up to 100 tasks, since these nodes ask more of each task.
  public static func defaultWeightedBudget(tasks: Int) -> SearchBudget {
    SearchBudget(nodes: max(20, 2_000_000 / max(100, tasks)))
  }

  public func allocate(_ frame: FrameState, budget: SearchBudget) -> FrameAllocation {
    let count = frame.tasks.count
    let isUniform = objective.isUniform(over: frame)
    let own =
      ownBudget ?? (isUniform ? Self.defaultBudget(tasks: count) : Self.defaultWeightedBudget(tasks: count))
    let allowed = max(1, min(budget.nodes, own.nodes))
    var answer = isUniform ? mostTasks(frame, nodes: allowed) : greatestValue(frame, nodes: allowed)
    answer.objective = objective
    return answer
  }

  private func mostTasks(_ frame: FrameState, nodes allowed: Int) -> FrameAllocation {
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

  /// A size that is infeasible or worse says nothing of the next one here, so all are searched, from the heuristic's
  /// outwards.
  private func greatestValue(_ frame: FrameState, nodes allowed: Int) -> FrameAllocation {
    var nodesLeft = allowed
    var isProven = true
    let packing = FramePacking(
      policy: Self.name, exits: .firstGoodEnough, keepsDominated: true,
      worth: { [objective] in objective.weight(of: $0) })
    return packing.allocate(
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
