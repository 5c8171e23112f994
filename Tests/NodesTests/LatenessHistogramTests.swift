import EdgeModel
import Nodes
import Testing
import Units

struct LatenessHistogramTests {
  @Test(arguments: 0..<20)
  func quantilesAreAtMostASixteenthTooHigh(seed: Int) {
    var random = RandomStream(seed: UInt64(seed), device: 0, purpose: "lateness")
    // From nanoseconds to centuries.
    let width = 1 + seed * 3
    let values = (0..<500).map { _ in
      Duration.nanoseconds(
        Int64(bitPattern: random.next() >> UInt64(64 - Int.random(in: 0..<width, using: &random) - 1)))
    }.map { max($0, .zero) }
    var histogram = LatenessHistogram()
    for value in values { histogram.add(value) }
    let sorted = values.sorted()
    #expect(histogram.count == values.count && histogram.greatest == sorted.last)
    for share in [0.001, 0.1, 0.5, 0.9, 0.99, 1] {
      let exact = sorted[Int((Double(values.count) * share).rounded(.up)) - 1]
      let found = histogram.quantile(share)
      #expect(found >= exact && found.inSeconds <= exact.inSeconds * 1.0625, "\(share): \(found) for \(exact)")
    }
  }

  @Test func endsOfTheRange() {
    var histogram = LatenessHistogram()
    #expect(histogram.quantile(0.5) == .zero)
    histogram.add(.nanoseconds(-5))
    #expect(histogram.quantile(1) == .zero && histogram.count == 1)
    histogram.add(.nanoseconds(Int64.max))
    #expect(histogram.quantile(1) == .nanoseconds(Int64.max))
  }
}
