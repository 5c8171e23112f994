import Glibc

/// α·b + β through latencies of batches of 1, 2, …, by least squares: α is what each further row costs, β what a call
/// costs at all, and β/α how many rows' worth of work a batch saves.
public struct LinearFit: Hashable, Sendable {
  /// Seconds per row.
  public var alpha: Double
  /// Seconds per call; negative where a row costs more the more there are.
  public var beta: Double
  /// Root of the mean square of what the line misses each size by [s].
  public var residual: Double

  /// Of `latencies[b - 1]` for a batch of b; nil for fewer than two sizes, through which no one line goes. O(sizes).
  public init?(_ latencies: [Double]) {
    guard latencies.count >= 2 else { return nil }
    let count = Double(latencies.count)
    let (meanSize, meanLatency) = ((count + 1) / 2, latencies.reduce(0, +) / count)
    var (covariance, variance) = (0.0, 0.0)
    for (index, latency) in latencies.enumerated() {
      let distance = Double(index + 1) - meanSize
      covariance += distance * (latency - meanLatency)
      variance += distance * distance
    }
    let alpha = covariance / variance
    let beta = meanLatency - alpha * meanSize
    self.alpha = alpha
    self.beta = beta
    let squares = latencies.enumerated().map { index, latency in
      let missed = latency - (alpha * Double(index + 1) + beta)
      return missed * missed
    }
    residual = sqrt(squares.reduce(0, +) / count)
  }

  /// β/α; nil where a further row costs nothing.
  public var ratio: Double? { alpha > 0 ? beta / alpha : nil }
  /// The line at a batch of `size` [s].
  public func seconds(_ size: Int) -> Double { alpha * Double(size) + beta }
}
