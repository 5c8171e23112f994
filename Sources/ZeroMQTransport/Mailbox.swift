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

  /// Called by any thread but the loop's. Waking the loop takes the poster some microseconds; what is posted `quietly` does
  /// not wake it: it is found with the next element that does, which the poster has to follow up with.
  func post(_ element: Element, quietly: Bool = false) {
    while true {
      let (isIn, tells) = state.withLock { state in
        let isIn = state.waiting.count < bound
        if isIn { state.waiting.append(element) }
        // A full mailbox has to be emptied, whoever filled it.
        let tells = !state.isTold && !(isIn && quietly)
        if tells { state.isTold = true }
        return (isIn, tells)
      }
      if tells { event.signal() }
      if isIn { return }
      waitUntilReadable(room.descriptor)
      _ = room.acknowledge()
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
    _ = event.acknowledge()
    state.withLock { state in
      swap(&state.waiting, &taken)
      state.isTold = false
    }
    if taken.count >= bound { room.signal() }
  }
}
