import Inference

/// How long one thing takes for 1, 2, … rows [s].
public struct LatencySeries: Hashable, Sendable {
  /// For n rows at `[n - 1]`, each array of the same length; p95 and p99 are at least the median.
  public var median: [Double]
  public var p95: [Double]
  public var p99: [Double]
  public init(median: [Double], p95: [Double], p99: [Double]) {
    self.median = median
    self.p95 = p95
    self.p99 = p99
  }

  /// Of one part's samples, to a tenth of a nanosecond: as precise as the clock, and short in a file.
  init(_ samples: LatencySamples, part: Int) {
    median = samples.medians(of: part).map(Self.rounded)
    p95 = samples.upper(0.95, of: part).map(Self.rounded)
    p99 = samples.upper(0.99, of: part).map(Self.rounded)
  }
  static func all(_ samples: LatencySamples) -> [LatencySeries] {
    samples.seconds.indices.map { LatencySeries(samples, part: $0) }
  }

  /// Through the medians.
  public var fit: LinearFit? { LinearFit(median) }

  private static func rounded(_ seconds: Double) -> Double { (seconds * 1e10).rounded() / 1e10 }
}
