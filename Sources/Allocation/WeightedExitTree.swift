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
  private enum Relaxation {
    /// No set reaches the target.
    case empty
    /// Every set that does needs at least this area [Hz·s], more than t uploads.
    case needs(Double)
    /// The set `above` reaches it by t, as far as the relaxation knows.
    case fits
    /// Fractions of tasks do: between the sets `below` and `above`, at this share of the way.
    case fractional(Double)
  }
  /// A node's t is let be after so many rounds; any lower bound will do.
  private static let mostRounds = 64
  private static let mostPrices = 24

  /// A set of the relaxation: how many of each class, and its sums.
  private struct Made {
    var taken: [Int]
    var area = 0.0
    var weight = 0.0
  }

  private let problem: BatchProblem
  private let blockCount: Int
  /// Of the selection's candidates.
  private let ranks: [Int]
  private let step: Double
  /// `latest` by exit: `exitLatest[exitStart[e]..<exitStart[e + 1]]`.
  private let exitLatest: [Double]
  private let exitStart: [Int]
  /// d_n(b) at index b · blockCount + n − 1, for the sizes searched so far.
  private var seconds: [Double]

  private(set) var nodesLeft: Int
  /// Ranks of the best set, and its value.
  private(set) var best: [Int]
  private(set) var bestValue: Double
  /// What a set must reach to be better.
  private var target = 0.0

  /// m_e, at index e ≤ n.
  private var leaving: [Int]
  /// D_e at index e ≤ n + 1, behind it a lower bound of D_e [s].
  private var depth: [Double]
  /// Takes the minimum over P, with what P fixes.
  private var selection: PricedSelection
  /// The heaviest known set of P that misses the target, and the lightest that reaches it.
  private var below: Made
  private var above: Made
  /// μ.
  private var price = 0.0
  /// Rows by n: of each open exit, how many the relaxation took, and how many it could have taken (R at most).
  private var taken: [Int]
  private var eligible: [Int]

  /// - Parameter start: ranks of a feasible set, where the search begins.
  init(_ weighted: WeightedProblem, from start: [Int], nodes: Int) {
    problem = weighted.problem
    blockCount = problem.window.blockCount
    ranks = weighted.ranks
    step = weighted.step
    selection = PricedSelection(weighted)
    let (exits, latest) = (selection.exit, selection.latest)
    exitLatest = ranks.indices.sorted { (exits[$0], $0) < (exits[$1], $1) }.map { latest[$0] }
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
    below = Made(taken: selection.taken)
    above = below
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
  private mutating func raiseTarget() {
    target = bestValue + max(step * (1 - 1e-6), 1e-12 * bestValue, .leastNonzeroMagnitude)
  }

  // MARK: Numbers per exit

  /// The node at depth n = `fixed`; in its parent's relaxation the uploads ended no earlier than `end`.
  private mutating func visit(fixed: Int, remaining: Int, end parentEnd: Double) -> Bool {
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
  private mutating func visitChildren(fixed: Int, remaining: Int, end: Double) -> Bool {
    let exit = fixed + 1
    let row = fixed * (blockCount + 1)
    let behind = eligible[(row + exit + 1)..<(row + blockCount + 1)].reduce(0, +)
    let fewest = max(0, remaining - behind)
    let mostHere = min(remaining, eligible[row + exit])
    for count in NearestFirst(to: taken[row + exit], from: fewest, through: mostHere) {
      leaving[exit] = count
      guard visit(fixed: exit, remaining: remaining - count, end: end) else { return false }
    }
    return true
  }

  private mutating func setFree(fixed: Int, remaining: Int) {
    selection.openFrom = fixed + 1
    selection.free[0] = remaining
    for exit in 1..<(blockCount + 1) { selection.free[exit] = exit <= fixed ? leaving[exit] : 0 }
  }

  // MARK: Numbers per class

  /// The node where every m_e is fixed, and so every latency; classes have from `least` to `most`.
  private mutating func visitClasses(end parentEnd: Double) -> Bool {
    guard nodesLeft > 0 else { return false }
    nodesLeft -= 1
    setFree(fixed: blockCount, remaining: 0)
    for index in 0..<selection.classCount { selection.free[selection.exitOfClass[index]] -= selection.least[index] }
    var end = parentEnd
    while let found = relax(fixed: blockCount, remaining: 0, from: end) {
      end = found
      if case .fractional(let share) = relaxation { return visitHalves(share: share, end: end) }
      keepSetAbove()
    }
    return true
  }

  /// Splits the class in which the relaxation's two sets differ most, where it takes a fraction of a task.
  private mutating func visitHalves(share: Double, end: Double) -> Bool {
    var (split, widest, between) = (-1, 0, 0.0)
    for index in 0..<selection.classCount {
      let difference = above.taken[index] - below.taken[index]
      let number = Double(below.taken[index]) + share * Double(difference)
      guard abs(difference) > widest, number.rounded(.down) < Double(selection.most[index]) else { continue }
      (split, widest, between) = (index, abs(difference), number)
    }
    // Their weights differ and their sizes do not, so in some class the number falls from one to the other.
    precondition(split >= 0, "two sets of different weight are the same")
    let (fewest, largest) = (selection.least[split], selection.most[split])
    let lower = max(fewest, Int(between.rounded(.down)))
    let isUpperFirst = between - Double(lower) >= 0.5
    for isUpper in [isUpperFirst, !isUpperFirst] {
      (selection.least[split], selection.most[split]) = isUpper ? (lower + 1, largest) : (fewest, lower)
      let isDone = visitClasses(end: end)
      (selection.least[split], selection.most[split]) = (fewest, largest)
      guard isDone else { return false }
    }
    return true
  }

  /// The set `above` is feasible and better.
  private mutating func keepSetAbove() {
    let members = selection.members(of: above.taken)
    best = members.map { ranks[$0] }
    bestValue = members.reduce(0) { $0 + selection.weight[$1] }
    raiseTarget()
  }

  // MARK: The bound

  /// What the last `relax` ended with.
  private var relaxation = Relaxation.empty

  /// The least t at which the node's relaxation reaches the target; nil where it never does.
  private mutating func relax(fixed: Int, remaining: Int, from parentEnd: Double) -> Double? {
    var end = parentEnd
    var rounds = 0
    while true {
      guard countEligible(fixed: fixed, remaining: remaining, end: end) else { return nil }
      relaxation = relaxArea(end: end)
      switch relaxation {
      case .empty: return nil
      case .fits, .fractional:
        noteSplit(fixed: fixed)
        return end
      case .needs(let areaSum):
        end = max(end, problem.uploadEnd(areaSum: areaSum, largestArea: 0, count: 0))
        guard end <= problem.window.latestEnd else { return nil }
        rounds += 1
        guard rounds >= Self.mostRounds, fixed < blockCount else { continue }
        noteSplit(fixed: fixed)
        return end
      }
    }
  }

  private mutating func noteSplit(fixed: Int) {
    guard fixed < blockCount else { return }
    let row = fixed * (blockCount + 1)
    for exit in 0..<(blockCount + 1) { taken[row + exit] = 0 }
    for (index, exit) in selection.exitOfClass.enumerated() where exit > fixed {
      taken[row + exit] += above.taken[index]
    }
  }

  /// Counts the eligible candidates of each open exit, and bounds its latency by what must still be in the batch there
  /// (see `ExitTree.countEligible`); false where they are too few in all.
  private mutating func countEligible(fixed: Int, remaining: Int, end: Double) -> Bool {
    var entering = remaining
    let row = fixed * (blockCount + 1)
    for exit in (fixed + 1)..<max(fixed + 1, blockCount + 1) {
      depth[exit] = depth[exit - 1] + seconds[max(1, entering) * blockCount + exit - 1]
      var count = 0
      var position = exitStart[exit]
      while count < remaining, position < exitStart[exit + 1] {
        if exitLatest[position] >= end + depth[exit] { count += 1 }
        position += 1
      }
      eligible[row + exit] = count
      entering -= count
    }
    for exit in 1..<(blockCount + 1) { selection.reach[exit] = end + depth[exit] }
    return entering <= 0
  }

  /// The least area with which the candidates eligible at t = `end` reach the target.
  private mutating func relaxArea(end: Double) -> Relaxation {
    guard selection.takeLeastAreas() else { return .empty }
    if selection.weightSum >= target {
      keep(above: true)
      return isUploaded(above.area, by: end) ? .fits : .needs(above.area)
    }
    // The least areas are too light: whatever reaches the target needs more.
    guard isUploaded(selection.areaSum, by: end) else { return .needs(selection.areaSum) }
    keep(above: false)
    var hasAbove = false
    if price > 0 {
      selection.take(price: price)
      guard isUploaded(bound, by: end) else { return .needs(bound) }
      hasAbove = selection.weightSum >= target
      keep(above: hasAbove)
      if hasAbove, isUploaded(above.area, by: end) { return .fits }
    }
    if !hasAbove {
      selection.takeGreatestWeights()
      guard selection.weightSum >= target else { return .empty }
      keep(above: true)
      if isUploaded(above.area, by: end) { return .fits }
    }
    for _ in 0..<Self.mostPrices {
      let between = (above.area - below.area) / (above.weight - below.weight)
      guard between.isFinite else { break }
      price = between
      selection.take(price: price)
      guard isUploaded(bound, by: end) else { return .needs(bound) }
      // Nothing is cheaper at the two sets' own price: the maximum.
      let gain = below.area - price * below.weight - (selection.areaSum - price * selection.weightSum)
      guard gain > 1e-14 * (above.area + price * above.weight) else { break }
      let isAbove = selection.weightSum >= target
      keep(above: isAbove)
      if isAbove, isUploaded(above.area, by: end) { return .fits }
    }
    return .fractional((target - below.weight) / (above.weight - below.weight))
  }

  private func isUploaded(_ areaSum: Double, by end: Double) -> Bool {
    problem.uploadEnd(areaSum: areaSum, largestArea: 0, count: 0) <= end
  }

  /// g(μ) of the selection made at the price μ, less what rounding may have added.
  private var bound: Double {
    let magnitude = selection.areaSum + price * (selection.weightSum + target)
    let slack = 4e-16 * Double(ranks.count + 8) * magnitude
    return selection.areaSum + price * (target - selection.weightSum) - slack
  }

  private mutating func keep(above isAbove: Bool) {
    let (area, weight) = (selection.areaSum, selection.weightSum)
    if isAbove {
      swap(&above.taken, &selection.taken)
      (above.area, above.weight) = (area, weight)
    } else {
      swap(&below.taken, &selection.taken)
      (below.area, below.weight) = (area, weight)
    }
  }
}
