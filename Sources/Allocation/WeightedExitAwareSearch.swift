/// The heuristic for a batch of great value Σ w: fill in several orders of price per weight, then exchange.
///
/// An order's key is what a task costs the others for each unit of its weight: (a_k / B + p · what it adds to the
/// blocks it runs) / w_k, for several prices p of the workers' time; a batch is filled with whoever still fits. The best
/// ones are improved by exchanges until none helps: a task leaves, or one enters and the dearest leave until the rest is
/// feasible, and whoever fits then is added. Only the cheapest few times b take part in exchanges. O(K log K) and some
/// dozens of packings of O(K) for each order, O(b²·N) for each round of exchanges; the tries are bounded.
struct WeightedExitAwareSearch {
  private static let prices = [0, 0.25, 0.5, 1, 2, 4.0]
  /// Starts that are improved.
  private static let improved = 4
  private static let missedSizesAllowed = 3
  /// The cheapest by each order that are looked at.
  private static let mostOrdered = 4096
  /// Questions whether a task still fits, for each start.
  private static let mostTries = 40_000

  private let weighted: WeightedProblem
  private let problem: BatchProblem
  private let candidates: [BatchProblem.Candidate]
  private var tally: BatchTally
  private var packer: GuessingPacker
  private var isIn: [Bool]
  /// Each rank's position in the order of the exchanges at hand.
  private var place: [Int]
  private var tries = 0

  init(_ weighted: WeightedProblem) {
    self.weighted = weighted
    problem = weighted.problem
    candidates = weighted.problem.candidates
    tally = BatchTally(blockCount: problem.window.blockCount)
    packer = GuessingPacker(problem, candidates: weighted.ranks)
    isIn = Array(repeating: false, count: candidates.count)
    place = Array(repeating: 0, count: candidates.count)
  }

  /// Ranks of a feasible set, the one of the greatest value found.
  mutating func pack() -> [Int] {
    let size = max(2, fill(order(price: 1, size: max(2, problem.maxBatch))).count)
    var starts: [Start] = []
    for price in Self.prices {
      let order = order(price: price, size: size)
      starts.append(start(fill(order), order))
      starts.append(packSizes(order, from: max(1, size / 2)))
    }
    let ordered = starts.indices.sorted { (starts[$1].value, $0) < (starts[$0].value, $1) }.map { starts[$0] }
    // Starts of one value are mostly one set.
    let distinct = zip(ordered.indices, ordered).filter { $0 == 0 || ordered[$0 - 1].value != $1.value }.map(\.1)
    var best = Start(ranks: [], value: 0, order: [])
    for start in distinct.prefix(Self.improved) {
      let found = improve(start)
      if found.value > best.value { best = found }
    }
    return best.ranks
  }

  private struct Start {
    var ranks: [Int]
    var value: Double
    var order: [Int]
  }
  private func start(_ ranks: [Int], _ order: [Int]) -> Start {
    Start(ranks: ranks, value: weighted.value(of: ranks), order: order)
  }

  /// The best of the sets of each size from `least` upwards, until some in a row are missed; in large batches sizes rise
  /// in steps.
  private mutating func packSizes(_ order: [Int], from least: Int) -> Start {
    var best = Start(ranks: [], value: 0, order: order)
    var (size, missed) = (least, 0)
    while size <= problem.maxBatch, missed < Self.missedSizesAllowed {
      if packer.pack(size, order: order) {
        let found = start(refill(packer.ranks, near(order, size), but: -1), order)
        if found.value > best.value { best = found }
        missed = 0
      } else {
        missed += 1
      }
      size += max(1, size / 16)
    }
    return best
  }

  /// Ranks by price per weight in a batch of about `size`, the cheapest first.
  private func order(price: Double, size: Int) -> [Int] {
    let latencies = problem.window.latencies
    let size = max(2, min(size, problem.window.maxBatch))
    let (alone, full) = (latencies.depths(ofFullBatch: 1), latencies.depths(ofFullBatch: size))
    var keys = Array(repeating: 0.0, count: candidates.count)
    for rank in weighted.ranks {
      let candidate = candidates[rank]
      let added = (full[candidate.exit] - alone[candidate.exit]) / Double(size - 1)
      keys[rank] = (candidate.area / problem.window.bandwidth + price * added) / weighted.weights[rank]
    }
    return Array(weighted.ranks.sorted { (keys[$0], $0) < (keys[$1], $1) }.prefix(Self.mostOrdered))
  }

  /// Whoever fits, in this order.
  private mutating func fill(_ order: [Int]) -> [Int] {
    tally.clear()
    return order.filter { tally.add(candidates[$0], ifFeasibleIn: problem) }
  }

  private mutating func improve(_ start: Start) -> Start {
    var (best, value) = (start.ranks, start.value)
    let order = start.order
    tries = 0
    let near = near(order, best.count)
    for (position, rank) in order.enumerated() { place[rank] = position }
    var isImproved = true
    while isImproved, tries < Self.mostTries {
      isImproved = false
      for rank in near where tries < Self.mostTries {
        let ranks = best.contains(rank) ? without(rank, best, near) : with(rank, best, near)
        let newValue = weighted.value(of: ranks)
        if newValue > value * (1 + 1e-12) { (best, value, isImproved) = (ranks, newValue, true) }
      }
    }
    return Start(ranks: best, value: value, order: order)
  }

  /// Who is far behind in the order would hardly be taken.
  private func near(_ order: [Int], _ count: Int) -> [Int] { Array(order.prefix(2 * count + 32)) }

  /// The set less one, and whoever fits then.
  private mutating func without(_ rank: Int, _ set: [Int], _ order: [Int]) -> [Int] {
    refill(set.filter { $0 != rank }, order, but: rank)
  }

  /// The set and one more, less the dearest until it is feasible, and whoever fits then.
  private mutating func with(_ rank: Int, _ set: [Int], _ order: [Int]) -> [Int] {
    tally.clear()
    tally.add(candidates[rank])
    let kept = set.sorted { place[$0] < place[$1] }.filter { tally.add(candidates[$0], ifFeasibleIn: problem) }
    tries += set.count
    return refill(kept + [rank], order, but: -1)
  }

  private mutating func refill(_ set: [Int], _ order: [Int], but left: Int) -> [Int] {
    var ranks = set
    tally.clear()
    for rank in ranks {
      tally.add(candidates[rank])
      isIn[rank] = true
    }
    for rank in order where !isIn[rank] && rank != left {
      tries += 1
      if tally.add(candidates[rank], ifFeasibleIn: problem) { ranks.append(rank) }
    }
    for rank in set { isIn[rank] = false }
    return ranks
  }
}
