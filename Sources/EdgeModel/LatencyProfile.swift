/// How long a computation takes for a batch of b ≥ 1, in seconds, non-decreasing in b.
public enum LatencyCurve: Hashable, Sendable {
  /// `table[b - 1]`; a batch larger than the table has no latency.
  case table([Double])
  /// α·b + β.
  case linear(alpha: Double, beta: Double)

  public static let zero = LatencyCurve.linear(alpha: 0, beta: 0)

  /// Latency of a batch of `size` [s]; 0 for an empty one, infinite beyond the table's end. O(1).
  @inlinable public func seconds(_ size: Int) -> Double {
    guard size > 0 else { return 0 }
    switch self {
    case .table(let values): return size <= values.count ? values[size - 1] : .infinity
    case .linear(let alpha, let beta): return alpha * Double(size) + beta
    }
  }
  /// The largest batch this curve covers; nil where there is no end.
  public var largestBatch: Int? {
    if case .table(let values) = self { values.count } else { nil }
  }
  /// The same curve as a table of `count` sizes, made non-decreasing by a running maximum.
  public func monotoneTable(upTo count: Int) -> [Double] {
    var highest = 0.0
    return (0..<count).map { index in
      highest = max(highest, seconds(index + 1))
      return highest
    }
  }
  /// This curve with its table made non-decreasing by a running maximum.
  public var monotone: LatencyCurve {
    if case .table(let values) = self { .table(monotoneTable(upTo: values.count)) } else { self }
  }
}

/// One block of the backbone, and the exit behind it.
public struct BlockProfile: Hashable, Sendable {
  /// The block's body.
  public var latency: LatencyCurve
  /// The exit head on the rows that may leave here; zero where `latency` includes it.
  public var head: LatencyCurve
  /// Accuracy of the exit behind this block, in 0...1, where it is known.
  public var accuracy: Double?
  public init(latency: LatencyCurve, head: LatencyCurve = .zero, accuracy: Double? = nil) {
    self.latency = latency
    self.head = head
    self.accuracy = accuracy
  }
  /// Body and head for a batch of `size` that may all leave here [s]: what policies without a model of heads plan with.
  @inlinable public func seconds(_ size: Int) -> Double { latency.seconds(size) + head.seconds(size) }
}

/// A worker's latency per block and batch size: what policies plan with.
public struct LatencyProfile: Hashable, Sendable {
  /// The blocks in order; block n is `blocks[n - 1]`.
  public var blocks: [BlockProfile]
  public init(blocks: [BlockProfile]) { self.blocks = blocks }
  /// The largest batch every block covers; nil where there is no end.
  public var largestBatch: Int? {
    var least: Int?
    for block in blocks {
      if let body = block.latency.largestBatch { least = min(body, least ?? body) }
      if let head = block.head.largestBatch { least = min(head, least ?? head) }
    }
    return least
  }
}
