public import EdgeModel

/// Samples of several parts of a computation at each batch size.
///
/// With a few dozen samples a size, its own 99th percentile would be its worst outlier, and a running maximum would
/// spread that outlier over every larger size. The spread around the median is alike at sizes that take about as long,
/// so it is taken from all of those together; from all sizes it must not be, for an interruption that makes one row ten
/// times slower adds little to sixty-four.
public struct LatencySamples: Sendable {
  /// `seconds[part][size - 1]`, in the order they were taken.
  public private(set) var seconds: [[[Double]]]

  public init(parts: Int, sizes: Int) {
    seconds = Array(repeating: Array(repeating: [], count: sizes), count: parts)
  }
  /// Adds one sample of each part [s] at `size` ≥ 1.
  public mutating func add(_ parts: [Double], size: Int) {
    for (part, value) in parts.enumerated() { seconds[part][size - 1].append(value) }
  }
  /// Adds one sample of one part [s].
  public mutating func add(_ value: Double, part: Int, size: Int) { seconds[part][size - 1].append(value) }

  /// Median of `part` at each size [s].
  public func medians(of part: Int) -> [Double] { seconds[part].map { Self.quantile($0, 0.5) } }

  /// What a share `probability` ≥ 0.5 of the samples of `part` stay within, at each size [s]: the median times the
  /// quantile of sample over median among neighbouring sizes.
  public func upper(_ probability: Double, of part: Int) -> [Double] {
    zip(medians(of: part), spreads(of: part)).map { median, spread in
      median * max(1, Self.quantile(spread, probability))
    }
  }

  /// For each size, sample over median of its own samples and of those of its neighbours.
  private func spreads(of part: Int) -> [[Double]] {
    let sizes = seconds[part]
    let own = zip(sizes, medians(of: part)).map { values, median in values.map { median > 0 ? $0 / median : 1 } }
    return sizes.indices.map { index in
      let reach = max(4, index / 4)
      return Array(own[max(0, index - reach)...min(sizes.count - 1, index + reach)].joined())
    }
  }

  /// The value that a share `q` of `values`, which are not empty, do not exceed.
  static func quantile(_ values: [Double], _ q: Double) -> Double {
    let sorted = values.sorted()
    return sorted[min(sorted.count - 1, max(0, Int((Double(sorted.count) * q).rounded(.up)) - 1))]
  }
}

/// Samples whose parts are block 1, head 1, block 2, head 2, …
extension LatencySamples {
  /// `curve` of every part, each made non-decreasing, as a profile.
  public func profile(_ curve: (_ part: Int) -> [Double]) -> LatencyProfile {
    let tables = seconds.indices.map { LatencyCurve.table(curve($0)).monotone }
    return LatencyProfile(
      blocks: stride(from: 0, to: tables.count, by: 2).map { BlockProfile(latency: tables[$0], head: tables[$0 + 1]) })
  }

  /// Quantiles that a few hundred samples support: between two the distribution is taken to be even, and rare
  /// disturbances stay in the last half percent, which ends at the longest of them.
  static let probabilities = [0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 1]

  /// Quantiles of the same spreads that `upper` goes by, around the same medians.
  public var dispersion: LatencyDispersion {
    let parts = seconds.indices.map { part in
      LatencyDispersion.Part(
        median: LatencyCurve.table(medians(of: part)).monotoneTable(upTo: seconds[part].count),
        ratios: spreads(of: part).map(Self.quantiles))
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
}
