import EdgeModel
import Synchronization
import ZeroMQ

/// What other threads have for a node's loop; its descriptor stands in the loop's poll set.
///
/// Bounded: at the bound the poster waits for the loop, which cannot deadlock because the loop never waits for a poster.
final class Mailbox<Element: Sendable>: Sendable {
  private struct State {
    var waiting: [Element] = []
    /// Whether the loop knows that something waits.
    var isTold = false
    /// By when the loop is to have looked, for what waits.
    var due = Instant.distantFuture
    /// When the loop looks, told or not.
    var look = Instant.distantFuture
  }
  private let bound: Int
  private let state = Mutex(State())
  private let event: EventDescriptor
  private let room: EventDescriptor

  init(bound: Int = 4096) throws(ZeroMQError) {
    self.bound = bound
    event = try EventDescriptor()
    room = try EventDescriptor()
  }
  var descriptor: Int32 { event.descriptor }

  /// Called by any thread but the loop's. Waking the loop takes the poster some microseconds: it is spared that where by
  /// the time that all that waits is due, `due` for this, the loop looks by itself, or the poster posts again: at `next`,
  /// which it has to keep to.
  ///
  /// Returns whether the loop has to see it now: it was woken, or had been told already and has not looked.
  @discardableResult
  func post(_ element: Element, due: Instant = Instant(nanoseconds: .min), next: Instant = .distantFuture) -> Bool {
    while true {
      let (isIn, isUrgent, tells) = state.withLock { state in
        let isIn = state.waiting.count < bound
        if isIn {
          state.waiting.append(element)
          state.due = min(state.due, due)
        }
        // A full mailbox has to be emptied, whoever filled it.
        let isUrgent = !isIn || state.due < min(state.look, next)
        let tells = isUrgent && !state.isTold
        if tells { state.isTold = true }
        return (isIn, isUrgent, tells)
      }
      if tells { event.signal() }
      if isIn { return isUrgent }
      waitUntilReadable(room.descriptor)
      _ = room.acknowledge()
    }
  }

  /// Called by the loop before it sleeps: it will look again at `instant`, told or not; `.distantFuture`: when told alone.
  /// False where something waits that it has not been told of, so that it is not to sleep now.
  func willLook(at instant: Instant) -> Bool {
    state.withLock { state in
      state.look = instant
      return state.isTold || state.waiting.isEmpty
    }
  }

  /// All that waits, oldest first; called by the loop.
  func take() -> [Element] {
    var taken: [Element] = []
    take(into: &taken)
    return taken
  }
  /// The same in place of what `taken` holds, whose memory posters then fill: with one kept for this, nobody allocates.
  func take(into taken: inout [Element]) {
    taken.removeAll(keepingCapacity: true)
    // Told or not: who tells does so after it has let go of the lock, and a signal that is left would end every sleep.
    _ = event.acknowledge()
    state.withLock { state in
      swap(&state.waiting, &taken)
      state.isTold = false
      state.due = .distantFuture
    }
    if taken.count >= bound { room.signal() }
  }
}
