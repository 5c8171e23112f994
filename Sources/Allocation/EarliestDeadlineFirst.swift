public import EdgeModel

/// `earliest-deadline-first`: takes tasks in order of deadline into one batch, with early exit, as long as all hold.
///
/// A task that would break a promise is passed over and the next is tried. Ties by area, then by task. O(K log K + K·N).
public struct EarliestDeadlineFirst: AllocationPolicy {
  public static let name = "earliest-deadline-first"
  public init() {}

  public func allocate(_ frame: FrameState, budget: SearchBudget) -> FrameAllocation {
    FramePacking(policy: Self.name, exits: .firstGoodEnough, keepsDominated: true, improves: false).allocate(frame) {
      problem in
      let candidates = problem.candidates
      var tally = BatchTally(blockCount: problem.window.blockCount)
      let byDeadline = candidates.indices.sorted { (candidates[$0].latest, $0) < (candidates[$1].latest, $1) }
      return byDeadline.filter { tally.add(candidates[$0], ifFeasibleIn: problem) }
    }
  }
}
