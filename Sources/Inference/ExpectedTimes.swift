public import EdgeModel

/// What profiles expect of each block, in one table: they are looked up behind every block, whose weights have just pushed
/// everything else out of the caches.
@usableFromInline struct ExpectedTimes {
  private let blocks: Int
  private let concurrencies: Int
  /// Sizes from 0, of a body and of a head.
  private let sizes: Int
  /// By concurrency and block: the body of every size, then the head [s].
  private let seconds: [Double]

  /// `profiles[c - 1]` holds for c instances at work, the last one for more. For batches of at most `largestBatch`, which
  /// all of them cover.
  @usableFromInline init(_ profiles: [LatencyProfile], blocks: Int, largestBatch: Int) {
    self.blocks = blocks
    concurrencies = profiles.count
    sizes = largestBatch + 1
    var seconds: [Double] = []
    for profile in profiles {
      for block in profile.blocks[..<blocks] {
        for curve in [block.latency, block.head] { seconds += (0...largestBatch).map(curve.seconds) }
      }
    }
    self.seconds = seconds
  }

  /// What `block`'s body takes for `size` rows, and its head for some of them [ns]. O(1).
  @usableFromInline func nanoseconds(of block: Int, size: Int, head rows: Int, concurrency: Int) -> Int64 {
    let profile = min(max(concurrency, 1), concurrencies) - 1
    let body = (profile * blocks + block - 1) * 2 * sizes
    return Int64(((seconds[body + size] + seconds[body + sizes + rows]) * 1e9).rounded())
  }
}
