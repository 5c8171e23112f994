/// The depth-first search for the batch of the greatest value Σ w, one size b at a time.
///
/// First it fixes how many leave at each exit, m_1 … m_N, first exit to last, as `ExitTree` does; then, where that
/// leaves a choice, how many of each class: the candidates of one exit and one weight, of which the least areas are the
/// best. A node asks whether any set below it beats the best value so far, that is whether it reaches the target
/// W > Σ_best w.
///
/// **Bound.** Let t be a lower bound of the upload end of every such set S below the node, LB_e ≤ D_e the latencies as
/// in `ExitTree`, and E the candidates with latest ≥ t + LB_e. Then S ⊆ E, since t and D only rise. Let P be all
/// sets of E that have the node's numbers (m_e of each fixed exit, R of the open ones, and what is fixed of each
/// class). For every price μ ≥ 0
///
///     Σ_S a ≥ Σ_S a − μ (Σ_S w − W) ≥ min_P Σ (a − μ w) + μ W = g(μ),
///
/// because Σ_S w ≥ W and S is in P. The minimum takes the least a − μ w of each number, so g(μ) costs one pass over
/// the candidates in that order. It is concave in μ, and its maximum is the value of the linear relaxation: the least
/// area that fractions of tasks need to reach W. The upload of S takes that area, so t may rise to where g(μ) is
/// uploaded, E shrinks, and so on until t holds. No set reaches W where P's heaviest does not (μ → ∞), where P is
/// empty, or where t passes the frame's end. A child has a smaller P, so its t begins at its parent's.
///
/// The maximum is found from two sides: a set of P below W and one that reaches it span a price, at which the next set
/// replaces one of them. A set that reaches W and is uploaded by t ends this early: nothing can be pruned, and where
/// all numbers of exits are fixed D is exact, so that set is feasible and is the new best.
///
/// Rounding: g is lowered by more than its sum can be rounded up. All storage is set up before the search, which
/// allocates nothing but each better set.
struct WeightedExitTree {
  /// What the relaxation of a node says at some t.
  enum Relaxation {
    /// No set reaches the target.
    case empty
    /// Every set that does needs at least this area [Hz·s], more than t uploads.
    case needs(Double)
    /// The set in row `above` reaches it by t, as far as the relaxation knows.
    case fits
    /// Fractions of tasks do: between the sets in rows `below` and `above`, at this share of the way.
    case fractional(Double)
  }
  /// A node's t is let be after so many rounds; any lower bound will do.
  static let mostRounds = 64
  static let mostPrices = 24

  let problem: BatchProblem
  let blockCount: Int
  /// Of the candidates that matter, best channel first.
  let ranks: [Int]
  let area: [Double]
  let weight: [Double]
  let latest: [Double]
  let exit: [Int]
  let classOf: [Int]
  let classCount: Int
  let exitOfClass: [Int]
  let step: Double
  /// `latest` by exit: `exitLatest[exitStart[e]..<exitStart[e + 1]]`.
  let exitLatest: [Double]
  let exitStart: [Int]
  let byArea: [Int]
  let byWeight: [Int]
  /// d_n(b) at index b · blockCount + n − 1, for the sizes searched so far.
  var seconds: [Double]

  private(set) var nodesLeft: Int
  /// Ranks of the best set, and its value.
  private(set) var best: [Int]
  private(set) var bestValue: Double
  /// What a set must reach to be better.
  var target = 0.0

  /// m_e, at index e ≤ n.
  var leaving: [Int]
  /// D_e at index e ≤ n + 1, behind it a lower bound of D_e [s].
  var depth: [Double]
  /// t + D_e: what `latest` must reach.
  var reach: [Double]
  /// How many of exit e ≤ n, and at 0 of the open ones, a selection takes beyond what classes must have.
  var free: [Int]
  var missing: [Int]
  /// Between how many of each class a set has.
  var least: [Int]
  var most: [Int]
  /// Rows of how many of each class a selection took: `below`, `above`, and the one being made.
  var rows: [[Int]]
  var (areaBelow, weightBelow, areaAbove, weightAbove) = (0.0, 0.0, 0.0, 0.0)
  var (areaMade, weightMade) = (0.0, 0.0)
  /// By a − μ w for the last μ.
  var byPrice: [Int]
  var key: [Double]
  var price = 0.0
  /// Rows by n: of each open exit, how many the relaxation took, and how many it could have taken (R at most).
  var taken: [Int]
  var eligible: [Int]

  /// - Parameter start: ranks of a feasible set, where the search begins.
  /// What the last `relax` ended with.
  var relaxation = Relaxation.empty

  init(_ weighted: WeightedProblem, from start: [Int], nodes: Int) {
    problem = weighted.problem
    let candidates = weighted.problem.candidates
    blockCount = problem.window.blockCount
    ranks = weighted.ranks
    area = ranks.map { candidates[$0].area }
    let weights = ranks.map { weighted.weights[$0] }
    weight = weights
    latest = ranks.map { candidates[$0].latest }
    let exits = ranks.map { candidates[$0].exit }
    exit = exits
    step = weighted.step
    byArea = Array(ranks.indices)
    byWeight = ranks.indices.sorted { (weights[$1], $0) < (weights[$0], $1) }
    byPrice = byArea
    key = area

    // Classes by exit, the heaviest first.
    let byClass = ranks.indices.sorted { (exits[$0], weights[$1], $0) < (exits[$1], weights[$0], $1) }
    var (classes, exitsOfClasses) = (Array(repeating: 0, count: ranks.count), [Int]())
    for (position, index) in byClass.enumerated() {
      let before = position > 0 ? byClass[position - 1] : index
      if position == 0 || exits[before] != exits[index] || weights[before] != weights[index] {
        exitsOfClasses.append(exits[index])
      }
      classes[index] = exitsOfClasses.count - 1
    }
    classOf = classes
    classCount = exitsOfClasses.count
    exitOfClass = exitsOfClasses
    let byExit = ranks.indices.sorted { (exits[$0], $0) < (exits[$1], $1) }
    exitLatest = byExit.map { candidates[weighted.ranks[$0]].latest }
    var starts = Array(repeating: 0, count: blockCount + 2)
    for exit in exits { starts[exit + 1] += 1 }
    for exit in starts.indices.dropFirst() { starts[exit] += starts[exit - 1] }
    exitStart = starts

    seconds = Array(repeating: 0, count: blockCount)
    nodesLeft = nodes
    best = start
    bestValue = weighted.value(of: start)
    leaving = Array(repeating: 0, count: blockCount + 1)
    depth = Array(repeating: 0, count: blockCount + 1)
    reach = depth
    free = leaving
    missing = leaving
    least = Array(repeating: 0, count: classCount)
    most = Array(repeating: .max, count: classCount)
    rows = Array(repeating: least, count: 3)
    taken = Array(repeating: 0, count: (blockCount + 1) * (blockCount + 1))
    eligible = taken
    raiseTarget()
  }

  /// Looks for a better batch of `size`; false when the nodes ran out before all were ruled out.
  mutating func search(size: Int) -> Bool {
    while seconds.count <= size * blockCount {
      let next = seconds.count / blockCount
      for block in 1...blockCount { seconds.append(problem.window.latencies.seconds(block: block, size: next)) }
    }
    return visit(fixed: 0, remaining: size, end: problem.window.earliestEnd)
  }

  /// The least value that counts as better: values a part in 10¹² apart are the same, as sums of the same weights in
  /// another order may be; where weights have a common measure, so are values less than it apart.
  mutating func raiseTarget() {
    target = bestValue + max(step * (1 - 1e-6), 1e-12 * bestValue, .leastNonzeroMagnitude)
  }

  // MARK: Numbers per exit

  /// The node at depth n = `fixed`; in its parent's relaxation the uploads ended no earlier than `end`.
  mutating func visit(fixed: Int, remaining: Int, end parentEnd: Double) -> Bool {
    guard remaining > 0 else {
      for exit in (fixed + 1)..<max(fixed + 1, blockCount + 1) { leaving[exit] = 0 }
      return visitClasses(end: parentEnd)
    }
    guard nodesLeft > 0 else { return false }
    nodesLeft -= 1
    setFree(fixed: fixed, remaining: remaining)
    guard let end = relax(fixed: fixed, remaining: remaining, from: parentEnd) else { return true }
    return visitChildren(fixed: fixed, remaining: remaining, end: end)
  }

  /// Fixes m_{n+1}, those nearest to the relaxation's split first.
  mutating func visitChildren(fixed: Int, remaining: Int, end: Double) -> Bool {
    let exit = fixed + 1
    let row = fixed * (blockCount + 1)
    let behind = eligible[(row + exit + 1)..<(row + blockCount + 1)].reduce(0, +)
    let fewest = max(0, remaining - behind)
    let mostHere = min(remaining, eligible[row + exit])
    let middle = taken[row + exit]
    for step in 0...(2 * max(middle - fewest, mostHere - middle, 0)) {
      let count = step.isMultiple(of: 2) ? middle + step / 2 : middle - (step + 1) / 2
      guard count >= fewest, count <= mostHere else { continue }
      leaving[exit] = count
      guard visit(fixed: exit, remaining: remaining - count, end: end) else { return false }
    }
    return true
  }

  mutating func setFree(fixed: Int, remaining: Int) {
    free[0] = remaining
    for exit in 1..<(blockCount + 1) { free[exit] = exit <= fixed ? leaving[exit] : 0 }
  }

  // MARK: Numbers per class

  /// The node where every m_e is fixed, and so every latency; classes have from `least` to `most`.
  mutating func visitClasses(end parentEnd: Double) -> Bool {
    guard nodesLeft > 0 else { return false }
    nodesLeft -= 1
    setFree(fixed: blockCount, remaining: 0)
    for index in 0..<classCount { free[exitOfClass[index]] -= least[index] }
    var end = parentEnd
    var share = 0.0
    while true {
      guard let found = relax(fixed: blockCount, remaining: 0, from: end) else { return true }
      end = found
      guard case .fractional(let way) = relaxation else {
        keepSetAbove()
        continue
      }
      share = way
      break
    }
    return visitHalves(share: share, end: end)
  }

  /// Splits a class where the relaxation takes a fraction of a task.
  mutating func visitHalves(share: Double, end: Double) -> Bool {
    var (split, widest, between) = (-1, 0, 0.0)
    for index in 0..<classCount {
      let difference = rows[1][index] - rows[0][index]
      let number = Double(rows[0][index]) + share * Double(difference)
      guard least[index] < most[index], abs(difference) > widest, number.rounded(.down) < Double(most[index]) else {
        continue
      }
      (split, widest, between) = (index, abs(difference), number)
    }
    // Both sets are the same only where rounding hides a feasible one; nothing below is better by more than that.
    guard split >= 0 else { return true }
    let (fewest, largest) = (least[split], most[split])
    let lower = max(fewest, Int(between.rounded(.down)))
    let isUpperFirst = between - Double(lower) >= 0.5
    for isUpper in [isUpperFirst, !isUpperFirst] {
      (least[split], most[split]) = isUpper ? (lower + 1, largest) : (fewest, lower)
      let isDone = visitClasses(end: end)
      (least[split], most[split]) = (fewest, largest)
      guard isDone else { return false }
    }
    return true
  }

  /// The set in row `above` is feasible and better.
  mutating func keepSetAbove() {
    best.removeAll(keepingCapacity: true)
    bestValue = 0
    rows[2] = rows[1]
    for index in byArea where rows[2][classOf[index]] > 0 && latest[index] >= reach[exit[index]] {
      rows[2][classOf[index]] -= 1
      best.append(ranks[index])
      bestValue += weight[index]
    }
    raiseTarget()
  }
}
