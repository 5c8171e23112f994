public import EdgeModel

/// `slotted-tree-search`: batching and early exit, the most tasks, exact where uploads end on a grid of slots.
///
/// For what `tree-search` only bounds: uplinks with fixed transmit power, whose need w_k(t) is not linear in 1 / t;
/// bandwidth in whole resource blocks; and exit heads, which run on those who leave and delay those who go on.
/// Without `FrameState.slot` it makes a grid of its own, see `SlotGrid`. Tasks that enter behind block 1 are planned as
/// if they entered there, and several workers are packed one after another: both are safe, and the status then is
/// `feasible` and never `optimal`, as it is on a grid that is not the frame's. A spent budget is said by `budget`.
///
/// At most C(b + N − 1, N − 1) leaves for a size b, whatever the number of slots. Source: Liu, Lan, Huang (depth-first
/// tree search with online pruning); the body is ours (the paper's full text was not available), after the section
/// "Slotted tree search" of Docs/Policies.md.
public struct SlottedTreeSearch: AllocationPolicy {
  public static let name = "slotted-tree-search"
  private let ownBudget: SearchBudget?

  /// - Parameter budget: nodes for a frame, where the caller of `allocate` does not allow fewer; nil: as `tree-search`
  ///   for as many tasks as are left when the dominated ones are dropped.
  public init(budget: SearchBudget? = nil) { ownBudget = budget }

  public func allocate(_ frame: FrameState, budget: SearchBudget) -> FrameAllocation {
    let grid = SlotGrid(frame)
    var nodes = 0
    var isProven = true
    var batches: [BatchAllocation] = []
    var waiting = Array(frame.tasks.indices)
    var uploadStart = 0.0
    for worker in frame.workers.sorted(by: { ($0.freeAt, $0.id) < ($1.freeAt, $1.id) }) {
      let problem = SlottedProblem(frame, indices: waiting, worker: worker, grid: grid, uploadStart: uploadStart)
      let own = ownBudget ?? TreeSearch.defaultBudget(tasks: problem.candidates.count)
      var search = SlottedSearch(problem, nodes: max(1, min(own.nodes, budget.nodes)) - nodes)
      let largest = search.largestBatch()
      nodes += search.nodes
      isProven = isProven && search.isProven
      guard let batch = largest else { continue }
      batches.append(batch)
      let scheduled = Set(batch.members.map(\.task))
      waiting.removeAll { scheduled.contains(frame.tasks[$0].id) }
      uploadStart = batch.members.reduce(uploadStart) { max($0, $1.uploadEnd) }
    }
    let reasons = SlottedRefusals(frame, grid: grid, batches: batches)
    let isExact = grid.isTheFrames && frame.workers.count == 1 && frame.tasks.allSatisfy { $0.entry == 1 }
    return FrameAllocation(
      policy: Self.name, status: !isProven ? .budget : isExact ? .optimal : .feasible, batches: batches,
      refusals: reasons.refusals(of: waiting), searchNodes: nodes)
  }
}
