import EdgeModel

/// The sequential search over batch sizes on the slot grid: begins at a greedy batch and asks `SlottedTree` for more.
///
/// Steps double while they succeed, so that a poor beginning costs little; a larger step gives up early and is halved.
/// The first size proven infeasible one above the best ends the search: by heredity no larger one is feasible either.
struct SlottedSearch {
  /// What a step of more than one may cost, in dives from the root to a leaf.
  private static let divesPerStep = 8

  private let problem: SlottedProblem
  private let mostNodes: Int
  /// Nodes expanded.
  private(set) var nodes = 0
  /// Whether no larger batch is feasible.
  private(set) var isProven = true

  init(_ problem: SlottedProblem, nodes: Int) {
    self.problem = problem
    mostNodes = max(0, nodes)
  }

  /// The largest batch found; nil where nobody can be served.
  mutating func largestBatch() -> BatchAllocation? {
    guard problem.maxBatch > 0 else { return nil }
    var (ranks, slot) = SlottedGreedy(problem).pack()
    var tree = SlottedTree(problem)
    var (step, infeasible) = (1, problem.maxBatch + 1)
    search: while ranks.count + 1 < infeasible {
      step = min(step, infeasible - 1 - ranks.count)
      let left = mostNodes - tree.nodes
      let size = ranks.count + step
      let limit = step > 1 ? min(left, Self.divesPerStep * (problem.blockCount + 1)) : left
      switch tree.search(size: size, nodes: limit) {
      case .found:
        (ranks, slot) = (tree.found, tree.slot)
        step *= 2
      case .infeasible:
        infeasible = size
        step = max(1, step / 2)
      case .stopped:
        guard step > 1, left > limit else {
          isProven = false
          break search
        }
        step /= 2
      }
    }
    nodes = tree.nodes
    return ranks.isEmpty ? nil : problem.batch(of: ranks, at: slot)
  }
}
