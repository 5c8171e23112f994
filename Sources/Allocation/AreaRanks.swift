/// A growing set of area ranks that answers "the sum of its b least areas" in O(log K): a Fenwick tree of counts and sums.
struct AreaRanks {
  /// Index i covers the ranks in (i − lowbit(i), i], counted from 1.
  private var counts: [Int32]
  private var sums: [Double]
  private(set) var count = 0
  private let highestBit: Int

  /// For ranks in 0..<capacity; at most 2³¹ − 1 of them.
  init(capacity: Int) {
    counts = Array(repeating: 0, count: capacity + 1)
    sums = Array(repeating: 0, count: capacity + 1)
    highestBit = capacity > 0 ? 1 << (Int.bitWidth - 1 - capacity.leadingZeroBitCount) : 0
  }

  /// Adds `rank`, which must not be in the set yet. O(log K).
  mutating func insert(_ rank: Int, area: Double) {
    var index = rank + 1
    while index < counts.count {
      counts[index] += 1
      sums[index] += area
      index += index & -index
    }
    count += 1
  }

  /// The sum of the `size` least areas; nil where there are fewer. O(log K).
  func sumOfLeast(_ size: Int) -> Double? {
    guard size <= count else { return nil }
    var index = 0
    var missing = Int32(size)
    var sum = 0.0
    var step = highestBit
    while step > 0 {
      let next = index + step
      if next < counts.count, counts[next] <= missing {
        index = next
        missing -= counts[next]
        sum += sums[next]
      }
      step >>= 1
    }
    return sum
  }
}
