extension WeightedProblem {
  private static var binCount: Int { 16 }

  /// The ranks less the dominated: those to which `maxBatch` others of their exit are preferable, with no larger area,
  /// no earlier deadline and no smaller weight.
  ///
  /// A feasible set with such a task lacks one of those others, and with it instead it stays feasible and loses no
  /// weight. The others come before it in rank, so exchanging ends, and some best set has no dominated task. The same
  /// exchange keeps every bound of the search valid. Deadlines and weights fall into bins, which makes it
  /// O(K log K); what two bins cannot tell apart is kept.
  static func undominated(_ problem: BatchProblem, weights: [Double]) -> [Int] {
    let candidates = problem.candidates
    guard candidates.count > 4 * problem.maxBatch else { return Array(candidates.indices) }
    let deadlines = QuantileBins(candidates.map(\.latest), count: binCount)
    let heaviness = QuantileBins(weights, count: binCount)
    // How many kept ones are surely no worse than a task of this exit, deadline bin and weight bin.
    let row = binCount * binCount
    var better = Array(repeating: 0, count: (problem.window.blockCount + 1) * row)
    return candidates.indices.filter { rank in
      let (deadline, weight) = (deadlines.bin(of: candidates[rank].latest), heaviness.bin(of: weights[rank]))
      let first = candidates[rank].exit * row
      guard better[first + deadline * binCount + weight] < problem.maxBatch else { return false }
      for earlier in 0..<(deadline + (deadlines.holdsOneValue(deadline) ? 1 : 0)) {
        for lighter in 0..<(weight + (heaviness.holdsOneValue(weight) ? 1 : 0)) {
          better[first + earlier * binCount + lighter] += 1
        }
      }
      return true
    }
  }
}

/// Bins of about equally many values, in their order.
private struct QuantileBins {
  /// Where each bin but the first begins.
  private let starts: [Double]
  private let isOneValue: [Bool]

  init(_ values: [Double], count: Int) {
    let sorted = values.sorted()
    var starts: [Double] = []
    for bin in 1..<count {
      let start = sorted[bin * sorted.count / count]
      if start > starts.last ?? sorted[0] { starts.append(start) }
    }
    self.starts = starts
    var (least, greatest): ([Double], [Double]) = ([], [])
    for value in sorted {
      if least.isEmpty || (least.count <= starts.count && value >= starts[least.count - 1]) {
        least.append(value)
        greatest.append(value)
      }
      greatest[greatest.count - 1] = value
    }
    isOneValue = zip(least, greatest).map(==)
  }

  func bin(of value: Double) -> Int {
    var bin = 0
    while bin < starts.count, value >= starts[bin] { bin += 1 }
    return bin
  }
  func holdsOneValue(_ bin: Int) -> Bool { isOneValue[bin] }
}
