import Units

/// Quantiles of many durations in constant memory: buckets of 1/16 of a power of two, so a quantile is at most 6.25 % too
/// high, over 0 ns to 2⁶³ ns.
public struct LatenessHistogram: Hashable, Sendable {
  private static let stepsPerOctave = 16
  private var counts: [Int] = Array(repeating: 0, count: 64 * stepsPerOctave)
  public private(set) var count = 0
  public private(set) var greatest = Duration.zero

  public init() {}

  /// Durations below zero count as zero. O(1).
  public mutating func add(_ duration: Duration) {
    let nanoseconds = UInt64(max(0, duration.inNanoseconds))
    counts[Self.bucket(of: nanoseconds)] += 1
    count += 1
    greatest = max(greatest, duration)
  }

  /// The duration that `share` of all are at most as long as, `share` in 0...1; zero when there are none.
  public func quantile(_ share: Double) -> Duration {
    guard count > 0 else { return .zero }
    var rest = Int((Double(count) * share).rounded(.up))
    for (bucket, inBucket) in counts.enumerated() {
      rest -= inBucket
      if rest <= 0, inBucket > 0 { return min(greatest, .nanoseconds(Int64(Self.upperBound(of: bucket)))) }
    }
    return greatest
  }

  /// Below 16 each value has its own bucket; above, the octave and its next four bits.
  private static func bucket(of value: UInt64) -> Int {
    guard value >= 16 else { return Int(value) }
    let octave = 63 - value.leadingZeroBitCount
    return (octave - 3) * stepsPerOctave + Int((value >> UInt64(octave - 4)) & 15)
  }
  private static func upperBound(of bucket: Int) -> UInt64 {
    guard bucket >= 16 else { return UInt64(bucket) }
    let octave = bucket / stepsPerOctave + 3
    let step = UInt64(bucket % stepsPerOctave)
    return ((16 + step + 1) << UInt64(octave - 4)) - 1
  }
}
