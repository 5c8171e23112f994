/// The depth-first search for one batch of exactly b: how many leave at each exit, first exit to last.
///
/// At a node the numbers m_1 … m_n are fixed. R = b − Σ m_i go on, so b_{n+1} = R, and the latencies up to block n + 1
/// are exact. All storage is set up before the search, which allocates nothing.
struct ExitTree {
  enum Answer { case found, infeasible, stopped }
  /// An inner node's bound is let be after so many rounds; only batches of many thousands need more.
  private static let mostRounds = 64

  private let problem: BatchProblem
  private let candidates: [BatchProblem.Candidate]
  private let blockCount: Int
  /// `latest` of exit e's class, best channel first: `classLatest[classStart[e]..<classStart[e + 1]]`.
  private let classLatest: [Double]
  private let classStart: [Int]
  /// d_n(b) at index b · blockCount + n − 1, for the sizes searched so far.
  private var seconds: [Double]
  /// Nodes that may still be expanded.
  private(set) var nodesLeft: Int
  /// Ranks of the set that the last successful search found, best channel first.
  private(set) var found: [Int] = []

  /// m_e, at index e ≤ n.
  private var leaving: [Int]
  /// D_e at index e ≤ n + 1, behind it a lower bound of D_e [s].
  private var depth: [Double]
  /// How many of class e ≤ n a relaxation has still to take.
  private var missing: [Int]
  /// Rows by n: of each open class, how many the relaxation took, and how many it could have taken (R at most).
  private var taken: [Int]
  private var eligible: [Int]

  init(_ problem: BatchProblem, nodes: Int) {
    self.problem = problem
    candidates = problem.candidates
    blockCount = problem.window.blockCount
    nodesLeft = nodes
    let byClass = candidates.indices.sorted { [candidates] in
      (candidates[$0].exit, $0) < (candidates[$1].exit, $1)
    }
    classLatest = byClass.map { [candidates] in candidates[$0].latest }
    var starts = Array(repeating: 0, count: blockCount + 2)
    for candidate in candidates { starts[candidate.exit + 1] += 1 }
    for exit in starts.indices.dropFirst() { starts[exit] += starts[exit - 1] }
    classStart = starts
    seconds = Array(repeating: 0, count: blockCount)
    leaving = Array(repeating: 0, count: blockCount + 1)
    depth = Array(repeating: 0, count: blockCount + 1)
    missing = leaving
    taken = Array(repeating: 0, count: (blockCount + 1) * (blockCount + 1))
    eligible = taken
  }

  /// The largest size that the root's relaxation does not rule out: no feasible batch is larger. Larger sizes need
  /// more tasks with less slack, so bisection finds it. O(K log K) and no node.
  mutating func largestPossibleSize() -> Int {
    largest(in: 0...problem.maxBatch) { size in
      prepareLatencies(upTo: size)
      return relax(fixed: 0, remaining: size, from: problem.window.earliestEnd) != nil
    }
  }

  /// Whether a batch of `size` is feasible; `stopped` when the nodes ran out.
  mutating func search(size: Int) -> Answer {
    prepareLatencies(upTo: size)
    return visit(fixed: 0, remaining: size, end: problem.window.earliestEnd)
  }

  private mutating func prepareLatencies(upTo size: Int) {
    while seconds.count <= size * blockCount {
      let next = seconds.count / blockCount
      for block in 1...blockCount { seconds.append(problem.window.latencies.seconds(block: block, size: next)) }
    }
  }

  /// The node at depth n = `fixed`; in its parent's relaxation the uploads ended no earlier than `end`.
  private mutating func visit(fixed: Int, remaining: Int, end parentEnd: Double) -> Answer {
    guard nodesLeft > 0 else { return .stopped }
    nodesLeft -= 1
    guard let end = relax(fixed: fixed, remaining: remaining, from: parentEnd) else { return .infeasible }
    guard remaining == 0 else { return visitChildren(fixed: fixed, remaining: remaining, end: end) }
    collect(end: end)
    return .found
  }

  /// Fixes m_{n+1}, those nearest to the relaxation's split first.
  private mutating func visitChildren(fixed: Int, remaining: Int, end: Double) -> Answer {
    let exit = fixed + 1
    let row = fixed * (blockCount + 1)
    let behind = eligible[(row + exit + 1)..<(row + blockCount + 1)].reduce(0, +)
    let fewest = max(0, remaining - behind)
    let most = min(remaining, eligible[row + exit])
    for count in NearestFirst(to: taken[row + exit], from: fewest, through: most) {
      leaving[exit] = count
      let answer = visit(fixed: exit, remaining: remaining - count, end: end)
      guard answer == .infeasible else { return answer }
    }
    return .infeasible
  }

  /// The least t at which a superset of the node's sets can have enough tasks, each with a lower bound of its latency;
  /// nil where there is none.
  ///
  /// Valid: the tasks taken are the least areas of a superset, so their sum is at most that of any set below the node,
  /// and t rises only as far as every such set needs. A child's bound is never below its parent's.
  private mutating func relax(fixed: Int, remaining: Int, from parentEnd: Double) -> Double? {
    var end = parentEnd
    var rounds = 0
    while true {
      guard countEligible(fixed: fixed, remaining: remaining, end: end),
        let areaSum = takeLeastAreas(fixed: fixed, remaining: remaining, end: end)
      else { return nil }
      let needed = problem.uploadEnd(areaSum: areaSum, largestArea: 0, count: 0)
      if needed <= end { return end }
      guard needed <= problem.window.latestEnd else { return nil }
      end = needed
      rounds += 1
      // At a leaf the end must be exact; above one any lower bound will do.
      if rounds >= Self.mostRounds, remaining > 0 { return end }
    }
  }

  /// Counts the eligible tasks of each open class, and bounds its latency by what must still be in the batch there;
  /// false where they are too few in all.
  ///
  /// Of class j at most el_j can leave, so at least R − Σ_{n<j<i} el_j enter block i, and at least one if class i is
  /// not empty: LB_i = LB_{i−1} + d_i(max(1, R − Σ el_j)) ≤ D_i.
  private mutating func countEligible(fixed: Int, remaining: Int, end: Double) -> Bool {
    var entering = remaining
    let row = fixed * (blockCount + 1)
    for exit in (fixed + 1)..<(blockCount + 1) {
      depth[exit] = depth[exit - 1] + seconds[max(1, entering) * blockCount + exit - 1]
      var count = 0
      var position = classStart[exit]
      while count < remaining, position < classStart[exit + 1] {
        if classLatest[position] >= end + depth[exit] { count += 1 }
        position += 1
      }
      eligible[row + exit] = count
      entering -= count
    }
    return entering <= 0
  }

  /// The sum of the m_e least eligible areas of each fixed class and the R least over the open classes [Hz·s]; nil
  /// where there are too few.
  private mutating func takeLeastAreas(fixed: Int, remaining: Int, end: Double) -> Double? {
    let row = fixed * (blockCount + 1)
    var missingOpen = remaining
    var missingInAll = remaining
    for exit in 0..<(blockCount + 1) {
      missing[exit] = exit <= fixed ? leaving[exit] : 0
      missingInAll += missing[exit]
      taken[row + exit] = 0
    }
    var areaSum = 0.0
    for candidate in candidates {
      guard missingInAll > 0 else { break }
      let exit = candidate.exit
      guard candidate.latest >= end + depth[exit] else { continue }
      if exit <= fixed {
        guard missing[exit] > 0 else { continue }
        missing[exit] -= 1
      } else {
        guard missingOpen > 0 else { continue }
        missingOpen -= 1
        taken[row + exit] += 1
      }
      areaSum += candidate.area
      missingInAll -= 1
    }
    return missingInAll == 0 ? areaSum : nil
  }

  /// The leaf's set: the m_e least eligible areas of each class.
  private mutating func collect(end: Double) {
    found.removeAll(keepingCapacity: true)
    for rank in candidates.indices {
      let exit = candidates[rank].exit
      guard leaving[exit] > 0, candidates[rank].latest >= end + depth[exit] else { continue }
      leaving[exit] -= 1
      found.append(rank)
    }
  }
}
