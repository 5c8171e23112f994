import EdgeModel

/// Samples of each part (block 1, head 1, block 2, …) at each size.
struct LatencySamples {
  /// `seconds[part][size - 1]`, in the order they were taken.
  var seconds: [[[Double]]]

  init(blocks: Int, sizes: Int) {
    seconds = Array(repeating: Array(repeating: [], count: sizes), count: 2 * blocks)
  }
  mutating func add(_ pass: [Double], size: Int) {
    for (part, value) in pass.enumerated() { seconds[part][size - 1].append(value) }
  }
  func profile(_ curve: ([[Double]]) -> [Double]) -> LatencyProfile {
    let tables = seconds.map { LatencyCurve.table(curve($0)).monotone }
    return LatencyProfile(
      blocks: stride(from: 0, to: tables.count, by: 2).map { BlockProfile(latency: tables[$0], head: tables[$0 + 1]) })
  }

  static func median(_ sizes: [[Double]]) -> [Double] { sizes.map { quantile($0, 0.5) } }

  /// With a few dozen samples a size, its own 99th percentile would be its worst outlier, and a running maximum would
  /// spread that outlier over every larger size. The spread around the median is alike at sizes that take about as
  /// long, so it is taken from all of those together; from all sizes it must not be, for an interruption that makes one
  /// row ten times slower adds little to sixty-four.
  static func p99(_ sizes: [[Double]]) -> [Double] {
    zip(median(sizes), spreads(sizes)).map { median, spread in median * max(1, quantile(spread, 0.99)) }
  }
  /// For each size, sample over median of its own samples and of those of its neighbours.
  private static func spreads(_ sizes: [[Double]]) -> [[Double]] {
    let own = zip(sizes, median(sizes)).map { values, median in values.map { median > 0 ? $0 / median : 1 } }
    return sizes.indices.map { index in
      let reach = max(4, index / 4)
      return Array(own[max(0, index - reach)...min(sizes.count - 1, index + reach)].joined())
    }
  }

  /// Quantiles that a few hundred samples support: between two the distribution is taken to be even, and rare disturbances
  /// stay in the last half percent, which ends at the longest of them.
  static let probabilities = [0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 1]

  /// Quantiles of the same spreads that `p99` goes by, around the same medians.
  var dispersion: LatencyDispersion {
    let parts = seconds.map { sizes in
      LatencyDispersion.Part(
        median: LatencyCurve.table(Self.median(sizes)).monotoneTable(upTo: sizes.count),
        ratios: Self.spreads(sizes).map(Self.quantiles))
    }
    return LatencyDispersion(
      blocks: stride(from: 0, to: parts.count, by: 2).map {
        LatencyDispersion.Block(probabilities: Self.probabilities, body: parts[$0], head: parts[$0 + 1])
      })
  }
  /// Interpolated between samples, from the least to the greatest (Hyndman, Fan 1996, definition 7), to four digits.
  private static func quantiles(_ values: [Double]) -> [Double] {
    let sorted = values.sorted()
    return probabilities.map { probability in
      let place = probability * Double(sorted.count - 1)
      let low = Int(place)
      let high = min(low + 1, sorted.count - 1)
      return ((sorted[low] + (sorted[high] - sorted[low]) * (place - Double(low))) * 1e4).rounded() / 1e4
    }
  }
  /// The value that a share `q` of `values` do not exceed.
  static func quantile(_ values: [Double], _ q: Double) -> Double {
    let sorted = values.sorted()
    return sorted[min(sorted.count - 1, max(0, Int((Double(sorted.count) * q).rounded(.up)) - 1))]
  }
}
