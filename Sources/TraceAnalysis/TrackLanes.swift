import EdgeModel

/// Spreads slices over rows so that no two on a row overlap, which the UI would draw inside each other.
struct TrackLanes {
  private var ends: [Instant] = []
  private let most: Int

  /// Beyond `most` rows the last one takes all.
  init(most: Int = 64) { self.most = most }

  /// The first row that is free at `start`; starts must not go back. O(rows).
  mutating func lane(from start: Instant, to end: Instant) -> Int {
    if let free = ends.firstIndex(where: { $0 <= start }) {
      ends[free] = end
      return free
    }
    guard ends.count < most else { return most - 1 }
    ends.append(end)
    return ends.count - 1
  }
}
