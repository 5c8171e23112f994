public import EdgeModel

/// `exit-aware-shelf-packing`: batching and early exit, a heuristic for the most tasks.
///
/// Source: Liu, Lan, Huang (best-shelf-packing modified for early exit); the body is ours (the paper's full text was
/// not available), the refined variant of the section "With early exit, sub-optimal" of Docs/Policies.md.
public struct ExitAwareShelfPacking: AllocationPolicy {
  public static let name = "exit-aware-shelf-packing"
  private let objective: Objective

  public init(objective: Objective = .throughput) { self.objective = objective }

  public func allocate(_ frame: FrameState, budget: SearchBudget) -> FrameAllocation {
    let isUniform = objective.isUniform(over: frame)
    let packing = FramePacking(
      policy: Self.name, exits: .firstGoodEnough, keepsDominated: !isUniform,
      worth: { [objective] in objective.weight(of: $0) })
    var answer = packing.allocate(frame) { problem in
      if isUniform {
        var search = ExitAwareSearch(problem)
        return search.pack()
      }
      var search = WeightedExitAwareSearch(WeightedProblem(problem, in: frame, objective: objective))
      return search.pack()
    }
    answer.objective = objective
    return answer
  }
}
