/// Order statistics of a sample, by nearest rank: p99 is a value that occurred.
public struct Percentiles: Hashable, Sendable {
  public var median: Double
  public var p90: Double
  public var p99: Double
  public var max: Double

  init(median: Double, p90: Double, p99: Double, max: Double) {
    self.median = median
    self.p90 = p90
    self.p99 = p99
    self.max = max
  }

  /// nil for an empty sample. O(n) in the mean.
  public init?(_ sample: [Double]) {
    guard !sample.isEmpty else { return nil }
    var values = sample
    let count = values.count
    let ranks = [0.5, 0.9, 0.99].map { Self.rank($0, of: count) }
    // Each selection leaves all that is greater behind its rank.
    var from = 0
    for rank in ranks {
      values.select(rank, in: from..<count)
      from = rank
    }
    median = values[ranks[0]]
    p90 = values[ranks[1]]
    p99 = values[ranks[2]]
    max = values[ranks[2]...].reduce(p99, Swift.max)
  }

  /// Where the nearest rank of `share` stands among `count` sorted values, from 0.
  static func rank(_ share: Double, of count: Int) -> Int {
    Swift.max(0, Int((share * Double(count)).rounded(.up)) - 1)
  }
}

extension [Double] {
  /// Brings the value that sorting `range` would bring to `rank` there, none greater before it and none less behind it
  /// (Hoare's selection, with what equals the pivot in the middle).
  fileprivate mutating func select(_ rank: Int, in range: Range<Int>) {
    var (low, high) = (range.lowerBound, range.upperBound)
    while high - low > 1 {
      let pivot = median(self[low], self[(low + high) / 2], self[high - 1])
      // low..<less is less than the pivot, less..<next equals it, more..<high is greater.
      var (less, next, more) = (low, low, high)
      while next < more {
        if self[next] < pivot {
          swapAt(less, next)
          less += 1
          next += 1
        } else if self[next] > pivot {
          more -= 1
          swapAt(next, more)
        } else {
          next += 1
        }
      }
      if rank < less { high = less } else if rank >= more { low = more } else { return }
    }
  }
}

private func median(_ one: Double, _ two: Double, _ three: Double) -> Double {
  max(min(one, two), min(max(one, two), three))
}
