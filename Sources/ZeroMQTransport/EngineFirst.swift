import Glibc

/// Where a worker's engine computes on processors that the node's other threads use too: these do not take one from it in
/// the middle of a block whenever something arrives, but wait until it lets go or its time slice ends, some milliseconds.
///
/// It is Linux' SCHED_BATCH, which leaves shares as they are and needs no privilege. Where a processor is free, nobody
/// waits; where all are busy, these threads wait for other programs' too. A policy that the process was started under, by
/// `chrt` say, is its user's and stays.
public enum EngineFirst {
  /// To be called before the node starts any thread: they inherit it. Whether it is so now; only then an engine's thread
  /// is to `take()`.
  public static func letEngineCompute() -> Bool { sched_getscheduler(0) == SCHED_OTHER && set(batch) }
  /// First thing on an engine's thread, which is woken like any other's.
  public static func take() { _ = set(SCHED_OTHER) }

  /// SCHED_BATCH in Linux' interface; the C library's header shows it to C alone.
  private static let batch: Int32 = 3

  /// Of the calling thread. These two policies are open to everyone; refused, by a container say, all runs as it would
  /// without.
  private static func set(_ policy: Int32) -> Bool {
    var none = sched_param(sched_priority: 0)
    return sched_setscheduler(0, policy, &none) == 0
  }
}
