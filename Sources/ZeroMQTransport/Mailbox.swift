import DequeModule
import Synchronization
import ZeroMQ

/// What other threads have for a node's loop; its descriptor stands in the loop's poll set.
///
/// Bounded: at the bound the poster waits for the loop, which cannot deadlock because the loop never waits for a poster.
final class Mailbox<Element: Sendable>: Sendable {
  private let bound: Int
  private let waiting = Mutex<Deque<Element>>([])
  private let event: EventDescriptor
  private let room: EventDescriptor

  init(bound: Int = 4096) throws(ZeroMQError) {
    self.bound = bound
    event = try EventDescriptor()
    room = try EventDescriptor()
  }
  var descriptor: Int32 { event.descriptor }

  /// Called by any thread but the loop's.
  func post(_ element: Element) {
    while true {
      let place = waiting.withLock { waiting in
        guard waiting.count < bound else { return bound }
        waiting.append(element)
        return waiting.count - 1
      }
      // Behind others that the loop has not taken, it has been told already.
      if place == 0 { event.signal() }
      if place < bound { return }
      waitUntilReadable(room.descriptor)
      _ = room.acknowledge()
    }
  }

  /// All that waits, oldest first; called by the loop.
  func take() -> Deque<Element> {
    _ = event.acknowledge()
    let taken = waiting.withLock { waiting in
      let taken = waiting
      waiting = []
      return taken
    }
    if taken.count >= bound { room.signal() }
    return taken
  }
}
