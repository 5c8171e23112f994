import EdgeModel
import Testing

@testable import TraceAnalysis

struct SampleTallyTests {
  /// Samples with many equal values, few values, or wide ranges.
  private func sample(seed: Int) -> [Double] {
    var random = RandomStream(seed: UInt64(seed), device: 0, purpose: "samples")
    let count = Int.random(in: 1...400, using: &random)
    return (0..<count).map { _ in
      switch seed % 3 {
      case 0: Double(Int.random(in: 0...5, using: &random))
      case 1: random.uniform() * 1000 - 100
      default: 1 / (1e-6 + random.uniform())
      }
    }
  }

  @Test(arguments: 0..<120)
  func percentilesAreThoseOfTheSortedSample(seed: Int) throws {
    let sample = sample(seed: seed)
    let sorted = sample.sorted()
    func rank(_ share: Double) -> Double { sorted[max(0, Int((share * Double(sorted.count)).rounded(.up)) - 1)] }
    let percentiles = try #require(Percentiles(sample))
    #expect(percentiles.median == rank(0.5) && percentiles.p90 == rank(0.9) && percentiles.p99 == rank(0.99))
    #expect(percentiles.max == sorted.last)
  }

  /// Kept one by one it answers exactly, in bins within their width; in parts as in one.
  @Test(arguments: 0..<120)
  func binsAreWithinTheirWidth(seed: Int) throws {
    let sample = sample(seed: seed)
    let exact = try #require(Percentiles(sample))
    let limits = [Int.max, 10]
    for limit in limits {
      var whole = SampleTally(keeping: limit)
      var parts = [SampleTally(keeping: limit), SampleTally(keeping: limit)]
      for (index, value) in sample.enumerated() {
        whole.add(value)
        parts[index * 2 / sample.count].add(value)
      }
      var joined = parts[1]
      joined.add(parts[0])
      let answer = try #require(whole.percentiles)
      #expect(joined.percentiles == answer && joined.count == sample.count)
      #expect(answer.max == exact.max)
      let isExact = limit >= sample.count
      for (binned, value) in [(answer.median, exact.median), (answer.p90, exact.p90), (answer.p99, exact.p99)] {
        #expect(isExact ? binned == value : abs(binned - value) <= value.magnitude * 0x1p-11, "\(binned), \(value)")
      }
    }
    #expect(SampleTally(keeping: 10).percentiles == nil)
  }

  @Test(arguments: 0..<40)
  func sumsDoNotDependOnTheOrder(seed: Int) {
    var random = RandomStream(seed: UInt64(seed), device: 0, purpose: "terms")
    let terms = sample(seed: seed).map { $0 * 1e-3 }
    func sum(_ terms: [Double]) -> Double {
      var sum = ExactSum()
      for term in terms { sum.add(term) }
      return sum.value
    }
    let first = sum(terms)
    for _ in 0..<5 { #expect(sum(terms.shuffled(using: &random)) == first) }
    #expect(abs(first - terms.reduce(0, +)) <= 1e-12 * terms.reduce(0) { $0 + $1.magnitude })
  }
}
