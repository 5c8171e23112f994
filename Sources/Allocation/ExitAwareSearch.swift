/// The refined heuristic for the most tasks in one batch: sizes from a safe one upwards, each packed by guessing how
/// the batch shrinks (see `GuessingPacker`).
///
/// π = (b, …, b) ignores the shrinking and is always valid, so its best size, found by bisection, is where the search
/// over sizes begins. Sizes rise by doubling steps, so the whole is O(K log K) in practice.
struct ExitAwareSearch {
  private static let missedSizesAllowed = 2
  private static let prices = [0, 0.5, 1, 2.0]

  private let problem: BatchProblem
  private let largestSize: Int
  private var packer: GuessingPacker
  private let byArea: [Int]
  /// Ranks in the order of each price, the price that succeeded last in front.
  private var orders: [[Int]] = []
  private var best: [Int] = []

  /// - Parameter largestSize: a bound on feasible sizes where the caller has one: no larger size is tried.
  init(_ problem: BatchProblem, largestSize: Int? = nil) {
    self.problem = problem
    self.largestSize = largestSize ?? problem.maxBatch
    byArea = Array(problem.candidates.indices)
    packer = GuessingPacker(problem, candidates: byArea)
  }

  /// Ranks of a feasible set, the largest found.
  mutating func pack() -> [Int] {
    packIgnoringShrinkage()
    guard best.count < largestSize else { return best }
    orders = Self.prices.map { $0 == 0 ? byArea : order(price: $0, size: max(2, best.count)) }
    packLargerSizes()
    addWhoeverStillFits()
    return best
  }

  /// The most tasks with slack for a full batch in every block; larger sizes are harder, so bisection finds it.
  private mutating func packIgnoringShrinkage() {
    _ = largest(in: 0...largestSize) { size in
      guard packer.packIgnoringShrinkage(size, order: byArea) else { return false }
      best = packer.ranks
      return true
    }
  }

  /// Raises the size until two in a row are missed. Steps double while they succeed and halve when they do not; in
  /// batches of thousands the finest step is a part in a thousand.
  private mutating func packLargerSizes() {
    let finest = max(1, best.count / 1000)
    var (step, missed) = (finest, 0)
    while missed < Self.missedSizesAllowed {
      let size = best.count + step + missed * finest
      if size <= largestSize, packGuessing(size) {
        (step, missed) = (2 * step, 0)
      } else if step > finest {
        step /= 2
      } else {
        missed += 1
      }
    }
  }

  private mutating func packGuessing(_ size: Int) -> Bool {
    for (position, order) in orders.enumerated() where packer.pack(size, order: order) {
      best = packer.ranks
      orders.swapAt(0, position)
      return true
    }
    return false
  }

  /// Ranks by the time a task costs the others: its share of the upload time, and `price` times what it adds to the
  /// blocks it runs in a batch of `size`.
  private func order(price: Double, size: Int) -> [Int] {
    let latencies = problem.window.latencies
    let (alone, full) = (latencies.depths(ofFullBatch: 1), latencies.depths(ofFullBatch: size))
    let costs = problem.candidates.map { candidate in
      candidate.area / problem.window.bandwidth
        + price * (full[candidate.exit] - alone[candidate.exit]) / Double(size - 1)
    }
    return byArea.sorted { costs[$0] != costs[$1] ? costs[$0] < costs[$1] : $0 < $1 }
  }

  /// Best channel first. One pass is enough: who does not fit now does not fit a larger set.
  private mutating func addWhoeverStillFits() {
    var tally = BatchTally(best, of: problem)
    var isTaken = Array(repeating: false, count: problem.candidates.count)
    for rank in best { isTaken[rank] = true }
    for rank in problem.candidates.indices where !isTaken[rank] {
      guard tally.count < largestSize else { return }
      if tally.add(problem.candidates[rank], ifFeasibleIn: problem) { best.append(rank) }
    }
  }
}
