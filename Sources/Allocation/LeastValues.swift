/// The least numbers of a stream, a bounded number of them: a binary heap with the greatest on top.
struct LeastValues {
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
