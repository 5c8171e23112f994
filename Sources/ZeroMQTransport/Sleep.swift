import Glibc

/// Blocks this thread until CLOCK_MONOTONIC reaches `nanoseconds`.
func sleepUntil(_ nanoseconds: Int64) {
  var until = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
  while clock_nanosleep(CLOCK_MONOTONIC, Int32(TIMER_ABSTIME), &until, nil) == EINTR {}
}
