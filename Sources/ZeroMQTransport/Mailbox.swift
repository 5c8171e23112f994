import DequeModule
import Synchronization
public import ZeroMQ

/// What other threads have for a node's loop; its descriptor stands in the loop's poll set.
///
/// Bounded: at the bound the poster waits for the loop, which cannot deadlock because the loop never waits for a poster.
public final class Mailbox<Element: Sendable>: Sendable {
  private let bound: Int
  private let waiting = Mutex<Deque<Element>>([])
  private let event: EventDescriptor
  private let room: EventDescriptor

  public init(bound: Int = 4096) throws(ZeroMQError) {
    self.bound = bound
    event = try EventDescriptor()
    room = try EventDescriptor()
  }
  public var descriptor: Int32 { event.descriptor }

  /// Called by any thread but the loop's.
  public func post(_ element: Element) {
    while true {
      let isIn = waiting.withLock { waiting in
        guard waiting.count < bound else { return false }
        waiting.append(element)
        return true
      }
      if isIn { break }
      waitUntilReadable(room.descriptor)
      _ = room.acknowledge()
    }
    event.signal()
  }

  /// All that waits, oldest first; called by the loop.
  public func take() -> Deque<Element> {
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
