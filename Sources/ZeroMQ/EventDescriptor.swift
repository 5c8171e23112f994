import CZeroMQ
import Glibc

/// Wakes a loop from any thread. Many signals before the loop looks are one.
public final class EventDescriptor: Sendable {
  private let event: Descriptor

  /// What a `PollSet` takes.
  public var descriptor: Int32 { event.number }

  /// - Throws: `tooManyOpenFiles`.
  public init() throws(ZeroMQError) {
    event = try Descriptor(offramp_eventfd(), "event")
  }

  /// Makes it readable; never waits.
  public func signal() {
    var one: UInt64 = 1
    while write(descriptor, &one, MemoryLayout<UInt64>.size) < 0 {
      // Full, after 2^64 signals, is as readable as it gets.
      guard errno == EINTR else { return }
    }
  }

  /// Makes it unreadable until the next signal. Acknowledge first, then look at what was signalled, or news that comes
  /// between is missed.
  /// - Returns: whether it had been signalled.
  @discardableResult
  public func acknowledge() -> Bool { event.takeCount() > 0 }
}
