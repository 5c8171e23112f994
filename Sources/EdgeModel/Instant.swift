public import Units

/// A moment of a run, in nanoseconds from the run's start on the run clock of the node that speaks; before the start
/// it is negative. Nanoseconds in an `Int64` cover 292 years, and are what the traces hold.
public struct Instant: InstantProtocol, Hashable, Sendable {
  public var nanoseconds: Int64
  @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
  /// Rounded to the nearest nanosecond.
  public init(seconds: Double) { nanoseconds = Int64((seconds * 1e9).rounded()) }
  public static let start = Instant(nanoseconds: 0)
  public static let distantFuture = Instant(nanoseconds: .max)
  public var inSeconds: Double { Double(nanoseconds) * 1e-9 }

  @inlinable public func advanced(by duration: Duration) -> Instant {
    Instant(nanoseconds: nanoseconds + duration.inNanoseconds)
  }
  @inlinable public func duration(to other: Instant) -> Duration { .nanoseconds(other.nanoseconds - nanoseconds) }
  @inlinable public static func < (lhs: Instant, rhs: Instant) -> Bool { lhs.nanoseconds < rhs.nanoseconds }
  @inlinable public static func + (lhs: Instant, rhs: Duration) -> Instant { lhs.advanced(by: rhs) }
  @inlinable public static func - (lhs: Instant, rhs: Duration) -> Instant {
    Instant(nanoseconds: lhs.nanoseconds - rhs.inNanoseconds)
  }
  @inlinable public static func - (lhs: Instant, rhs: Instant) -> Duration { rhs.duration(to: lhs) }
}
