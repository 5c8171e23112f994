public import EdgeModel
import ZeroMQ

/// A node's run clock: CLOCK_MONOTONIC counted from the run's start on this host.
public struct RunClock: Hashable, Sendable {
  /// The start [ns of this host's CLOCK_MONOTONIC].
  public let start: Int64
  public init(start: Int64) { self.start = start }
  public var now: Instant { Instant(nanoseconds: monotonicNow() - start) }
  public func monotonic(_ instant: Instant) -> Int64 {
    let (sum, overflow) = start.addingReportingOverflow(instant.nanoseconds)
    return overflow ? .max : sum
  }
}
