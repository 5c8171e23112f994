/// How an engine's times scatter around their median: quantiles of each block and head per batch size, which a simulated
/// engine resamples.
public struct LatencyDispersion: Hashable, Sendable {
  /// A block's body, or its head.
  public struct Part: Hashable, Sendable {
    /// The median for a batch of b at `median[b - 1]` [s].
    public var median: [Double]
    /// `ratios[b - 1]`: the quantiles for a batch of b, as multiples of its median, one for each probability and
    /// non-decreasing; the last row holds for all larger batches as well.
    public var ratios: [[Double]]
    public init(median: [Double], ratios: [[Double]]) {
      self.median = median
      self.ratios = ratios
    }
  }
  public struct Block: Hashable, Sendable {
    /// Of the quantiles: increasing, from 0 to 1 inclusive.
    public var probabilities: [Double]
    public var body: Part
    /// nil where the block has no head of its own.
    public var head: Part?
    public init(probabilities: [Double], body: Part, head: Part?) {
      self.probabilities = probabilities
      self.body = body
      self.head = head
    }

    /// The time [s] of `part` for a batch of `size` ≥ 1 that a share `probability` (0...1) of runs do not exceed: the
    /// quantiles joined by straight lines. 0 for an empty batch. O(log probabilities).
    public func seconds(_ part: Part, size: Int, at probability: Double) -> Double {
      guard size > 0 else { return 0 }
      let row = part.ratios[min(size, part.ratios.count) - 1]
      var (low, high) = (0, probabilities.count - 1)
      while high - low > 1 {
        let middle = (low + high) / 2
        if probabilities[middle] <= probability { low = middle } else { high = middle }
      }
      let share = (probability - probabilities[low]) / (probabilities[high] - probabilities[low])
      return part.median[size - 1] * (row[low] + (row[high] - row[low]) * share)
    }
  }
  /// Block n is `blocks[n - 1]`.
  public var blocks: [Block]
  public init(blocks: [Block]) { self.blocks = blocks }
}
