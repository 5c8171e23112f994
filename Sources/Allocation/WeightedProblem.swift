import EdgeModel

/// A batch to be packed for the greatest sum of weights: the problem, and what each of its candidates counts.
struct WeightedProblem {
  let problem: BatchProblem
  /// What the candidate of each rank counts, in units of a power of two, so that the greatest is in 1..<2.
  let weights: [Double]
  /// Ranks of the candidates that a best set may need (see `undominated`), best channel first.
  let ranks: [Int]
  /// Two sets' values are equal or differ by at least this; 0 where weights have no common measure.
  let step: Double

  /// - Parameter problem: with its dominated candidates: whether a task is dominated depends on its weight too.
  init(_ problem: BatchProblem, in frame: FrameState, objective: Objective) {
    self.problem = problem
    let weights = problem.candidates.map { objective.weight(of: frame.tasks[$0.index]) }
    let unit = Double(sign: .plus, exponent: (weights.max() ?? 1).exponent, significand: 1)
    self.weights = weights.map { $0 / unit }
    ranks = Self.undominated(problem, weights: self.weights)
    step = Self.commonMeasure(of: ranks.map { [weights = self.weights] in weights[$0] })
  }

  /// Σ weights; the same for every order of `ranks`. O(b log b).
  func value(of ranks: [Int]) -> Double { ranks.sorted().reduce(0) { $0 + weights[$1] } }

  /// The greatest number of which all weights are multiples, but for rounding; 0 where there is none worth using.
  /// O(K log).
  private static func commonMeasure(of weights: [Double]) -> Double {
    guard let least = weights.min(), least > 0 else { return 0 }
    let measure = weights.reduce(least) { measure, weight in
      var (larger, smaller) = (weight, measure)
      // Euclid; what rounding leaves of a multiple is far below the least weight.
      while smaller > 1e-9 * least {
        (larger, smaller) = (smaller, larger - smaller * (larger / smaller).rounded(.down))
        if larger - smaller <= 1e-9 * least { smaller = 0 }
      }
      return larger
    }
    // So many multiples of it that the sums' rounding would matter are no help.
    let error = weights.reduce(0) { $0 + abs($1 - measure * ($1 / measure).rounded()) }
    return error <= 1e-13 * measure && weights.reduce(0, +) < 1e9 * measure ? measure : 0
  }
}
