extension [BatchProblem.Candidate] {
  private static var binCount: Int { 64 }

  /// Drops tasks to which `largestBatch` others with their exit are preferable: a smaller area, no earlier deadline.
  ///
  /// A feasible set with such a task lacks one of those others and stays feasible with it instead, so no largest set is
  /// lost; and the b least areas among the tasks with slack are as before, for any slack. This is what makes a million
  /// tasks bearable: only some of each bin remain to be sorted.
  ///
  /// Deadlines fall into bins, latest first; a task is compared with the least areas of the bins before its own.
  /// O(K log b).
  mutating func keepUndominated(largestBatch: Int, exits: Int) {
    guard count > 2 * largestBatch, let (first, last) = rangeOfLatest() else { return }
    func bin(_ candidate: Element) -> Int {
      Self.binCount - 1 - Int((candidate.latest - first) / (last - first) * Double(Self.binCount - 1))
    }
    var bins = Array<[Int]>(repeating: [], count: Self.binCount)
    for position in indices { bins[bin(self[position])].append(position) }
    var least = Array<LeastValues>(repeating: LeastValues(keeping: largestBatch), count: exits + 1)
    var kept: [Element] = []
    for positions in bins {
      let limits = least.map(\.limit)
      for position in positions where self[position].area <= limits[self[position].exit] {
        kept.append(self[position])
        least[self[position].exit].insert(self[position].area)
      }
    }
    self = kept
  }

  /// The earliest and the latest deadline; nil where they are the same or too far apart to divide.
  private func rangeOfLatest() -> (first: Double, last: Double)? {
    var (first, last) = (Double.infinity, -Double.infinity)
    for candidate in self { (first, last) = (Swift.min(first, candidate.latest), Swift.max(last, candidate.latest)) }
    return first < last && (last - first).isFinite ? (first, last) : nil
  }
}

/// The least numbers of a stream, a bounded number of them: a binary heap with the greatest on top.
private struct LeastValues {
  private let bound: Int
  private var heap: [Double] = []

  init(keeping bound: Int) { self.bound = bound }

  /// The greatest of the kept, when there are as many as may be; a number above it has that many below itself.
  var limit: Double { heap.count < bound ? .infinity : heap.first ?? -.infinity }

  /// O(log bound).
  mutating func insert(_ value: Double) {
    if heap.count < bound {
      heap.append(value)
      rise()
    } else if value < limit {
      heap[0] = value
      sink()
    }
  }

  private mutating func rise() {
    var index = heap.count - 1
    while index > 0, heap[index] > heap[(index - 1) / 2] {
      heap.swapAt(index, (index - 1) / 2)
      index = (index - 1) / 2
    }
  }

  private mutating func sink() {
    var index = 0
    while true {
      var greatest = index
      for child in (2 * index + 1)..<(2 * index + 3) where child < heap.count && heap[child] > heap[greatest] {
        greatest = child
      }
      guard greatest != index else { return }
      heap.swapAt(index, greatest)
      index = greatest
    }
  }
}
