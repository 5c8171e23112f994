/// A sample that is only asked for its order statistics: every value while they are few, and a histogram with logarithmic
/// bins beyond that, so that its size is bounded.
///
/// A bin holds the values that agree in sign, exponent and the first ten bits of the mantissa, and answers with its
/// middle: at most 2⁻¹¹, 0.05 %, from any value in it.
struct SampleTally: Sendable {
  /// Values kept one by one in a stream.
  static let few = 100_000
  private static let droppedBits = 42

  private let most: Int
  private var values: [Double] = []
  /// How many values are in each bin; empty while all are kept.
  private var bins: [Int: Int] = [:]
  private var greatest = -Double.infinity
  private(set) var count = 0

  /// Keeps up to `most` values one by one.
  init(keeping most: Int) { self.most = most }

  mutating func add(_ value: Double) {
    count += 1
    greatest = max(greatest, value)
    if bins.isEmpty {
      values.append(value)
      if values.count > most { bin() }
    } else {
      bins[Self.bin(of: value), default: 0] += 1
    }
  }

  /// Adds all that the other has.
  mutating func add(_ other: SampleTally) {
    for value in other.values { add(value) }
    guard !other.bins.isEmpty else { return }
    if bins.isEmpty { bin() }
    for (bin, number) in other.bins { bins[bin, default: 0] += number }
    count += other.count
    greatest = max(greatest, other.greatest)
  }

  /// nil for an empty sample.
  var percentiles: Percentiles? {
    if bins.isEmpty { return Percentiles(values) }
    let sorted = bins.sorted { $0.key < $1.key }
    func value(at rank: Int) -> Double {
      var before = 0
      for (bin, number) in sorted {
        before += number
        if before > rank { return min(Self.middle(of: bin), greatest) }
      }
      return greatest
    }
    return Percentiles(
      median: value(at: Percentiles.rank(0.5, of: count)), p90: value(at: Percentiles.rank(0.9, of: count)),
      p99: value(at: Percentiles.rank(0.99, of: count)), max: greatest)
  }

  private mutating func bin() {
    for value in values { bins[Self.bin(of: value), default: 0] += 1 }
    values = []
  }
  /// Rises with the value; 0 is zero and what is closer to it than any duration.
  private static func bin(of value: Double) -> Int {
    let magnitude = Int(value.magnitude.bitPattern >> droppedBits)
    return value < 0 ? -magnitude : magnitude
  }
  private static func middle(of bin: Int) -> Double {
    guard bin != 0 else { return 0 }
    let value = Double(bitPattern: UInt64(bin.magnitude) << droppedBits | 1 << (droppedBits - 1))
    return bin < 0 ? -value : value
  }
}
