import Glibc

/// Real time since it was made, on the machine's steady clock.
public struct Stopwatch: Sendable {
  private let begun: Int64
  public init() { begun = Self.monotonicNanoseconds() }
  public var elapsed: Duration { .nanoseconds(nanoseconds) }
  /// `elapsed` [ns].
  public var nanoseconds: Int64 { Self.monotonicNanoseconds() - begun }

  /// CLOCK_MONOTONIC [ns].
  public static func monotonicNanoseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
