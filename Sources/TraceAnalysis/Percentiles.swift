import Units

/// Order statistics of a sample, by nearest rank: p99 is a value that occurred.
public struct Percentiles: Hashable, Sendable {
  public var median: Double
  public var p90: Double
  public var p99: Double
  public var max: Double

  /// nil for an empty sample. O(n log n).
  public init?(_ sample: [Double]) {
    guard !sample.isEmpty else { return nil }
    let sorted = sample.sorted()
    func rank(_ share: Double) -> Double {
      sorted[Swift.max(0, Int((share * Double(sorted.count)).rounded(.up)) - 1)]
    }
    median = rank(0.5)
    p90 = rank(0.9)
    p99 = rank(0.99)
    max = sorted[sorted.count - 1]
  }
}
