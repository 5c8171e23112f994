import EdgeModel
import Units

/// What one engine instance of a worker has been planned to run and its worker has not reported: from it follows when it
/// is free.
///
/// Reports correct the plan. An instance that runs behind its plan delays every batch behind the late one, and one that is
/// done early starts none before its instant.
struct InstanceSchedule: Sendable {
  private struct Booking: Sendable {
    var batch: BatchID
    var start: Instant
    /// On the latencies that were planned with.
    var busy: Duration
  }
  /// In the order of their starts.
  private var booked: [Booking] = []
  /// When the instance was last known to be free.
  private var lastEnd = Instant.start

  mutating func book(_ batch: BatchID, from start: Instant, busy: Duration) {
    let place = booked.lastIndex { $0.start <= start }
    booked.insert(Booking(batch: batch, start: start, busy: busy), at: place.map { $0 + 1 } ?? 0)
  }

  /// `batch` is done; false where it was not booked, because the worker formed it itself.
  ///
  /// An instance runs its batches in the order of their starts, so those before it are done too, or never will be: where
  /// their plans or reports were lost they would else keep the instance busy for ever.
  mutating func reported(_ batch: BatchID, at now: Instant) -> Bool {
    lastEnd = max(lastEnd, now)
    guard let place = booked.firstIndex(where: { $0.batch == batch }) else { return false }
    booked.removeFirst(place + 1)
    return true
  }

  /// When everything booked is done, as known at `now`. O(booked).
  func freeAt(_ now: Instant) -> Instant {
    var end = lastEnd
    for (index, booking) in booked.enumerated() {
      end = max(end, booking.start) + booking.busy
      // It should be done, and was not reported: it takes until now at least.
      if index == 0 { end = max(end, now) }
    }
    return end
  }
}
