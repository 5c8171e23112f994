/// Where the exact search on the slot grid begins: at some slots, least need first, whoever leaves the batch feasible.
///
/// O(slots · (K log K + K·N)).
struct SlottedGreedy {
  private static let slotsTried = 16

  private let problem: SlottedProblem

  init(_ problem: SlottedProblem) { self.problem = problem }

  /// The largest batch found, and the slot at which its uploads end.
  func pack() -> (ranks: [Int], slot: Int) {
    var best: (ranks: [Int], slot: Int) = ([], problem.earliest)
    var tried = -1
    // From the first slot to the last at which any task has slack, evenly.
    let latest = problem.candidates.reduce(-.infinity) { max($0, $1.latest) }
    let last = min(problem.grid.last, problem.grid.index(reaching: latest))
    for step in 0..<Self.slotsTried {
      let share = Double(step) / Double(Self.slotsTried)
      let slot = problem.earliest + Int(share * Double(max(0, last - problem.earliest)))
      guard slot > tried else { continue }
      tried = slot
      let ranks = pack(at: slot)
      if ranks.count > best.ranks.count { best = (ranks, slot) }
    }
    return best
  }

  private func pack(at slot: Int) -> [Int] {
    let end = problem.grid.instant(slot)
    let needs = problem.candidates.map { problem.need(of: $0, at: slot) }
    var leaving = Array(repeating: 0, count: problem.blockCount + 1)
    var tightest = Array(repeating: Double.infinity, count: problem.blockCount + 1)
    var ranks: [Int] = []
    var sum = 0.0
    for rank in needs.indices.sorted(by: { (needs[$0], $0) < (needs[$1], $1) }) {
      guard ranks.count < problem.maxBatch, problem.fits(sum + needs[rank]) else { break }
      let candidate = problem.candidates[rank]
      let tight = tightest[candidate.exit]
      leaving[candidate.exit] += 1
      tightest[candidate.exit] = min(tight, candidate.latest)
      if isInTime(leaving, tightest, count: ranks.count + 1, end: end) {
        ranks.append(rank)
        sum += needs[rank]
      } else {
        leaving[candidate.exit] -= 1
        tightest[candidate.exit] = tight
      }
    }
    return ranks
  }

  private func isInTime(_ leaving: [Int], _ tightest: [Double], count: Int, end: Double) -> Bool {
    var (remaining, depth, block) = (count, 0.0, 1)
    while remaining > 0 {
      depth += problem.body(block: block, size: remaining) + problem.head(exit: block, size: leaving[block])
      guard end + depth <= tightest[block] else { return false }
      remaining -= leaving[block]
      block += 1
    }
    return true
  }
}
