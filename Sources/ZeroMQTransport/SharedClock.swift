public import EdgeModel
import Synchronization
import ZeroMQ

/// The run clock as a work thread sees it: the thread is there before the start is known.
public final class SharedClock: Sendable {
  private let start = Atomic<Int64>(0)
  public init() {}
  public var now: Instant { Instant(nanoseconds: monotonicNow() - start.load(ordering: .relaxed)) }
  func set(_ clock: RunClock) { start.store(clock.start, ordering: .relaxed) }
  /// Blocks the calling thread until `instant`, to within the kernel's timer.
  public func sleep(until instant: Instant) {
    sleepUntil(start.load(ordering: .relaxed) + instant.nanoseconds)
  }
}
