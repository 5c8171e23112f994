extension BatchProblem {
  private static var binCount: Int { 64 }

  /// The candidates less the dominated: those to which `largestBatch` others with their exit are preferable, with a
  /// smaller area and no earlier deadline.
  ///
  /// A feasible set with such a task lacks one of those others and stays feasible with it instead, so no largest set is
  /// lost; and the b least areas among the tasks with slack are as before, for any slack. This is what makes a million
  /// tasks bearable: only some of each bin remain to be sorted.
  ///
  /// Deadlines fall into bins, latest first; a task is compared with the least areas of the bins before its own.
  /// O(K log b).
  static func undominated(_ candidates: [Candidate], largestBatch: Int, exits: Int) -> [Candidate] {
    guard candidates.count > 2 * largestBatch, let (first, last) = rangeOfLatest(candidates) else { return candidates }
    var bins = Array<[Candidate]>(repeating: [], count: binCount)
    for candidate in candidates {
      let share = (candidate.latest - first) / (last - first)
      bins[binCount - 1 - Int(share * Double(binCount - 1))].append(candidate)
    }
    var least = Array<LeastValues>(repeating: LeastValues(keeping: largestBatch), count: exits + 1)
    var kept: [Candidate] = []
    for bin in bins {
      let limits = least.map(\.limit)
      for candidate in bin where candidate.area <= limits[candidate.exit] {
        kept.append(candidate)
        least[candidate.exit].insert(candidate.area)
      }
    }
    return kept
  }

  /// The earliest and the latest deadline; nil where they are the same or too far apart to divide.
  private static func rangeOfLatest(_ candidates: [Candidate]) -> (first: Double, last: Double)? {
    var (first, last) = (Double.infinity, -Double.infinity)
    for candidate in candidates { (first, last) = (min(first, candidate.latest), max(last, candidate.latest)) }
    return first < last && (last - first).isFinite ? (first, last) : nil
  }
}
