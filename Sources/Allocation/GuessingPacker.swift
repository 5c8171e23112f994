/// Packs a given number of candidates with early exit: guess how the batch shrinks, pack with that guess, correct it.
///
/// With slack_k = T_k − Σ_{n≤e_k} d_n(π_n) for a guessed profile π the packing is best-shelf-packing. The set is taken
/// if it is exactly feasible; else its own profile is the next guess. At most 3 guesses × 8 rounds of O(K + rounds · b).
struct GuessingPacker {
  private static let roundsPerGuess = 8

  private let problem: BatchProblem
  private var packer: ShelfPacker
  /// b_n if all candidates were taken.
  private let enteringOfAll: [Int]
  /// Ranks of the set that the last successful `pack` found, in the order it was given.
  var ranks: [Int] { packer.ranks }

  /// - Parameter candidates: ranks of those that may be packed.
  init(_ problem: BatchProblem, candidates: [Int]) {
    self.problem = problem
    packer = ShelfPacker(problem)
    enteringOfAll = BatchTally(candidates, of: problem).entering
  }

  /// With slack for a full batch in every block, which is always valid.
  mutating func packIgnoringShrinkage(_ size: Int, order: [Int]) -> Bool {
    packer.pack(size, depths: problem.window.latencies.depths(ofFullBatch: size), order: order)
  }

  /// Whether a feasible set of `size` was found that prefers those that come first in `order` (of ranks).
  mutating func pack(_ size: Int, order: [Int]) -> Bool {
    [fullBatch(size), proportional(size), onlyFirstBlock(size)].contains { pack(size, from: $0, order: order) }
  }

  /// Corrects the guess until a set is feasible, a guess comes back, or the rounds are used up.
  private mutating func pack(_ size: Int, from guess: [Int], order: [Int]) -> Bool {
    var profile = guess
    var tried: [[Int]] = []
    for _ in 0..<Self.roundsPerGuess {
      let depths = problem.window.latencies.depths(entering: profile)
      guard packer.pack(size, depths: depths, order: order) else { return false }
      let tally = BatchTally(packer.ranks, of: problem)
      if tally.isFeasible(in: problem) { return true }
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
    let count = enteringOfAll[0]
    return enteringOfAll.map { ($0 * size + count - 1) / count }
  }
}
