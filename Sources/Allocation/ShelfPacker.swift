/// BSP(b, slack) of the note: the b best channels among the tasks whose slack lasts, at the least upload end.
struct ShelfPacker {
  /// A size that needs more rounds is given up. Only batches of many thousands drip like that.
  private static let mostRounds = 64

  private struct Member {
    var rank: Int
    var area: Double
    var slack: Double
  }

  let problem: BatchProblem
  /// Ranks of the set that the last successful `pack` found, in the order that it preferred.
  private(set) var ranks: [Int] = []
  /// Storage for a set that is being packed.
  private var members: [Member]

  init(_ problem: BatchProblem) {
    self.problem = problem
    ranks.reserveCapacity(problem.maxBatch)
    members = Array(repeating: Member(rank: 0, area: 0, slack: 0), count: problem.maxBatch)
  }

  /// Packs `size` candidates, at most max_batch, with slack_k = latest_k − depths[e_k], preferring those that come first in
  /// `order` (of ranks), and says whether there are as many.
  ///
  /// t only rises, and a task whose slack ended never comes back, so one sweep over the order serves all rounds.
  /// O(K + rounds · b). In order of area it is exact for the given slack, but for the bound on rounds: every t below
  /// the one reached would need more area than it has.
  mutating func pack(_ size: Int, depths: [Double], order: [Int]) -> Bool {
    guard size <= members.count else { return false }
    let problem = problem
    let isPacked = members.withUnsafeMutableBufferPointer { members in
      problem.candidates.withUnsafeBufferPointer { candidates in
        Self.pack(size, depths: depths, order: order, candidates, into: members, problem)
      }
    }
    guard isPacked else { return false }
    ranks.removeAll(keepingCapacity: true)
    for member in members[..<size] { ranks.append(member.rank) }
    return true
  }

  private static func pack(
    _ size: Int, depths: [Double], order: [Int], _ candidates: UnsafeBufferPointer<BatchProblem.Candidate>,
    into members: UnsafeMutableBufferPointer<Member>, _ problem: BatchProblem
  ) -> Bool {
    var end = problem.window.earliestEnd
    var next = 0
    var count = 0
    var (areaSum, largestArea, leastSlack) = (0.0, 0.0, Double.infinity)
    for _ in 0..<mostRounds {
      while count < size {
        guard order.count - next >= size - count else { return false }
        let candidate = candidates[order[next]]
        next += 1
        let slack = candidate.latest - depths[candidate.exit]
        guard slack >= end else { continue }
        members[count] = Member(rank: order[next - 1], area: candidate.area, slack: slack)
        count += 1
        areaSum += candidate.area
        largestArea = max(largestArea, candidate.area)
        leastSlack = min(leastSlack, slack)
      }
      let needed = problem.uploadEnd(areaSum: areaSum, largestArea: largestArea, count: size)
      guard needed > end else { return true }
      guard needed <= problem.window.latestEnd else { return false }
      end = needed
      // Nobody's slack ends: the next round would find the same set and the same end.
      if leastSlack >= end { return true }
      // The sums are added up anew, in the members' order, so that they do not depend on who was dropped.
      var kept = 0
      (areaSum, largestArea, leastSlack) = (0, 0, .infinity)
      for position in 0..<count where members[position].slack >= end {
        members[kept] = members[position]
        kept += 1
        areaSum += members[position].area
        largestArea = max(largestArea, members[position].area)
        leastSlack = min(leastSlack, members[position].slack)
      }
      count = kept
    }
    return false
  }
}
