import CZeroMQ

/// Nanoseconds on `CLOCK_MONOTONIC`, which all processes of a machine share.
public func monotonicNow() -> Int64 { offramp_monotonic_now() }

/// How late the kernel may wake the calling thread to save power: 50 µs unless told, 1 ns for a loop that keeps time.
/// Threads that it starts afterwards inherit it.
public func setTimerSlack(_ nanoseconds: UInt64) { offramp_set_timer_slack(nanoseconds) }
