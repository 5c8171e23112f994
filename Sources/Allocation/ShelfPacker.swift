/// BSP(b, slack) of the note: the b best channels among the tasks whose slack lasts, at the least upload end.
struct ShelfPacker {
  /// A size that needs more rounds is given up. Only batches of many thousands drip like that.
  private static let mostRounds = 64

  let problem: BatchProblem
  /// Ranks of the set that the last successful `pack` found, best channel first.
  private(set) var ranks: [Int] = []

  init(_ problem: BatchProblem) {
    self.problem = problem
    ranks.reserveCapacity(problem.maxBatch)
  }

  /// Packs `size` candidates with slack_k = latest_k − depths[e_k], preferring those that come first in `order` (of
  /// ranks), and says whether there are as many.
  ///
  /// t only rises, and a task whose slack ended never comes back, so one sweep over the order serves all rounds.
  /// O(K + rounds · b). In order of area it is exact for the given slack, but for the bound on rounds: every t below
  /// the one reached would need more area than it has.
  mutating func pack(_ size: Int, depths: [Double], order: [Int]) -> Bool {
    let candidates = problem.candidates
    func slack(_ rank: Int) -> Double { candidates[rank].latest - depths[candidates[rank].exit] }
    var end = problem.window.earliestEnd
    var next = 0
    ranks.removeAll(keepingCapacity: true)
    for _ in 0..<Self.mostRounds {
      while ranks.count < size, next < order.count {
        if slack(order[next]) >= end { ranks.append(order[next]) }
        next += 1
      }
      guard ranks.count == size else { return false }
      let areaSum = ranks.reduce(0.0) { $0 + candidates[$1].area }
      let largestArea = ranks.reduce(0.0) { max($0, candidates[$1].area) }
      let needed = problem.uploadEnd(areaSum: areaSum, largestArea: largestArea, count: size)
      guard needed > end else { return true }
      guard needed <= problem.window.latestEnd else { return false }
      end = needed
      ranks.removeAll { slack($0) < end }
    }
    return false
  }
}
