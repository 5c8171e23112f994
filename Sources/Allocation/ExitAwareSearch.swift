/// The refined heuristic for one batch: guess how the batch shrinks, pack with that guess, correct the guess.
///
/// With slack_k = T_k − Σ_{n≤e_k} d_n(π_n) for a guessed profile π the packing is best-shelf-packing. The set is taken
/// if it is exactly feasible; else its own profile is the next guess. π = (b, …, b) ignores the shrinking and is
/// always valid, so its best size, found by bisection, is where the search over sizes begins.
///
/// Each size costs at most 3 guesses × 8 rounds of O(K + rounds · b); sizes rise by doubling steps, so the whole is
/// O(K log K) in practice.
struct ExitAwareSearch {
  private static let roundsPerGuess = 8
  private static let missedSizesAllowed = 2

  private let problem: BatchProblem
  private var packer: ShelfPacker
  private var best: [Int] = []

  init(_ problem: BatchProblem) {
    self.problem = problem
    packer = ShelfPacker(problem)
  }

  /// Ranks of a feasible set, the largest found.
  mutating func pack() -> [Int] {
    packIgnoringShrinkage()
    packLargerSizes()
    addWhoeverStillFits()
    return best
  }

  /// The most tasks with slack for a full batch in every block; larger sizes are harder, so bisection finds it.
  private mutating func packIgnoringShrinkage() {
    var (feasible, infeasible) = (0, problem.maxBatch + 1)
    while infeasible - feasible > 1 {
      let size = (feasible + infeasible) / 2
      if packer.pack(size, depths: problem.window.latencies.depths(ofFullBatch: size)) {
        best = packer.ranks
        feasible = size
      } else {
        infeasible = size
      }
    }
  }

  /// Raises the size until two in a row are missed. Steps double while they succeed and halve when they do not.
  private mutating func packLargerSizes() {
    var (step, missed) = (1, 0)
    while missed < Self.missedSizesAllowed {
      let size = best.count + step + missed
      if size <= problem.maxBatch, packGuessing(size) {
        (step, missed) = (2 * step, 0)
      } else if step > 1 {
        step /= 2
      } else {
        missed += 1
      }
    }
  }

  private mutating func packGuessing(_ size: Int) -> Bool {
    for guess in [fullBatch(size), proportional(size), onlyFirstBlock(size)] {
      if pack(size, from: guess) { return true }
    }
    return false
  }

  /// Corrects the guess until a set is feasible, a guess comes back, or the rounds are used up.
  private mutating func pack(_ size: Int, from guess: [Int]) -> Bool {
    var profile = guess
    var tried: [[Int]] = []
    for _ in 0..<Self.roundsPerGuess {
      guard packer.pack(size, depths: problem.window.latencies.depths(entering: profile)) else { return false }
      let tally = BatchTally(packer.ranks, of: problem)
      if tally.isFeasible(in: problem) {
        best = packer.ranks
        return true
      }
      tried.append(profile)
      profile = tally.entering
      if tried.contains(profile) { return false }
    }
    return false
  }

  private func fullBatch(_ size: Int) -> [Int] { Array(repeating: size, count: problem.window.blockCount) }

  private func onlyFirstBlock(_ size: Int) -> [Int] {
    [size] + Array(repeating: 1, count: problem.window.blockCount - 1)
  }

  /// The batch shrinks as if its exits were distributed as all candidates' are.
  private func proportional(_ size: Int) -> [Int] {
    BatchTally(Array(problem.candidates.indices), of: problem).entering.map { entering in
      (entering * size + problem.candidates.count - 1) / problem.candidates.count
    }
  }

  /// Best channel first. One pass is enough: who does not fit now does not fit a larger set.
  private mutating func addWhoeverStillFits() {
    var tally = BatchTally(best, of: problem)
    var isTaken = Array(repeating: false, count: problem.candidates.count)
    for rank in best { isTaken[rank] = true }
    for rank in problem.candidates.indices where !isTaken[rank] {
      guard tally.count < problem.maxBatch else { return }
      if tally.add(problem.candidates[rank], ifFeasibleIn: problem) { best.append(rank) }
    }
  }
}
