public import EdgeModel

/// What profiles expect of each block, in one table: they are looked up behind every block, whose weights have just pushed
/// everything else out of the caches.
@usableFromInline struct ExpectedTimes {
  /// Where in `seconds` the times with 1, 2, … instances at work begin.
  private let starts: [Int]
  /// Entries of one curve: those of batches of 0, 1, … rows.
  private let sizes: Int
  /// Of each profile, block after block, the body's curve and then the head's [s].
  private let seconds: [Double]

  /// `profiles[c - 1]` holds for c instances at work, the last one for more. For batches of at most `largestBatch`, which
  /// all of them cover.
  @usableFromInline init(_ profiles: [LatencyProfile], blocks: Int, largestBatch: Int) {
    sizes = largestBatch + 1
    var seconds: [Double] = []
    var starts: [Int] = []
    for (place, profile) in profiles.enumerated() {
      // Who knows of no difference gives the same one again, for as many instances as there are.
      if let same = profiles[..<place].firstIndex(of: profile) {
        starts.append(starts[same])
        continue
      }
      starts.append(seconds.count)
      for block in profile.blocks[..<blocks] {
        for curve in [block.latency, block.head] { seconds += (0...largestBatch).map(curve.seconds) }
      }
    }
    (self.starts, self.seconds) = (starts, seconds)
  }

  /// What `block`'s body takes for `size` rows, and its head for the `asked` ones of them [ns]. O(1).
  @usableFromInline func nanoseconds(of block: Int, size: Int, asked: Int, concurrency: Int) -> Int64 {
    let body = starts[min(max(concurrency, 1), starts.count) - 1] + (block - 1) * 2 * sizes
    return Int64(((seconds[body + size] + seconds[body + sizes + asked]) * 1e9).rounded())
  }
}
