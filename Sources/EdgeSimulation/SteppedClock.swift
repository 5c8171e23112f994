import EdgeModel

/// What a node's clock shows, where faults make it step: the run's time, and from each step on that much more.
///
/// It never goes back, as nodes are promised: one that is set back stands still until it has caught up. The steps are
/// planned, so when it will show something is known beforehand.
struct SteppedClock {
  private struct Piece {
    /// On the run's clock.
    var from: Instant
    /// Shown less the run's.
    var offset: Duration
    /// What it showed last before.
    var floor: Instant
  }
  private var pieces: [Piece] = []

  /// A clock that shows the run's time.
  init() {}
  /// In any order.
  init(_ steps: [(at: Instant, by: Duration)]) {
    for step in steps.sorted(by: { $0.at < $1.at }) {
      let floor = reading(at: step.at - .nanoseconds(1))
      pieces.append(Piece(from: step.at, offset: (pieces.last?.offset ?? .zero) + step.by, floor: floor))
    }
  }

  /// O(steps).
  func reading(at instant: Instant) -> Instant {
    guard let piece = pieces.last(where: { $0.from <= instant }) else { return instant }
    return max(instant + piece.offset, piece.floor)
  }
  /// The first instant at which it shows `reading` or more. O(steps).
  func instant(showing reading: Instant) -> Instant {
    guard let first = pieces.first, reading > first.floor else { return reading }
    for (index, piece) in pieces.enumerated() {
      let instant = reading <= piece.floor ? piece.from : max(piece.from, reading - piece.offset)
      if index + 1 == pieces.count || instant < pieces[index + 1].from { return instant }
    }
    return reading
  }
}
