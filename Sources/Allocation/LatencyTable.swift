import EdgeModel

/// d_n(b): how long block n takes for a batch of b, exit head included, non-decreasing in b.
struct LatencyTable: Sendable {
  private enum Block {
    case linear(alpha: Double, beta: Double)
    /// `seconds[b]`, from b = 0.
    case table([Double])
  }
  private let blocks: [Block]
  /// The largest batch with a latency in every block, at most what was asked for.
  let largestBatch: Int

  /// Body plus head, each made non-decreasing by a running maximum, for batches up to `size`.
  /// O(blocks × size), O(blocks) for linear curves.
  init(_ profile: LatencyProfile, upTo size: Int) {
    let largest = max(0, min(size, profile.largestBatch ?? size))
    largestBatch = largest
    blocks = profile.blocks.map { block in
      if case .linear(let alpha, let beta) = block.latency, case .linear(let headAlpha, let headBeta) = block.head {
        return .linear(alpha: alpha + headAlpha, beta: beta + headBeta)
      }
      var seconds = [0.0]
      seconds.reserveCapacity(largest + 1)
      var (body, head) = (0.0, 0.0)
      for size in stride(from: 1, through: largest, by: 1) {
        (body, head) = (max(body, block.latency.seconds(size)), max(head, block.head.seconds(size)))
        seconds.append(body + head)
      }
      return .table(seconds)
    }
  }

  var blockCount: Int { blocks.count }

  /// d_n(b) [s] for block n = `block` in 1...blockCount; d_n(0) = 0, infinite beyond the largest batch. O(1).
  func seconds(block: Int, size: Int) -> Double {
    guard size > 0 else { return 0 }
    guard size <= largestBatch else { return .infinity }
    switch blocks[block - 1] {
    case .linear(let alpha, let beta): return alpha * Double(size) + beta
    case .table(let seconds): return seconds[size]
    }
  }

  /// D_n = Σ_{m≤n} d_m(entering[m - 1]) at index n, from D_0 = 0 [s]. O(blocks).
  func depths(entering: [Int]) -> [Double] {
    var depths = [0.0]
    for (index, size) in entering.enumerated() { depths.append(depths[index] + seconds(block: index + 1, size: size)) }
    return depths
  }
  /// `depths(entering:)` for a batch of `size` from which nobody leaves before the end.
  func depths(ofFullBatch size: Int) -> [Double] { depths(entering: Array(repeating: size, count: blockCount)) }
}
