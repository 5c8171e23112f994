import Glibc

/// Where a worker's engine computes on processors that the node's other threads use too: these do not take one from it in
/// the middle of a block whenever something arrives, but wait until it lets go or its time slice ends, some milliseconds.
///
/// It is Linux' SCHED_BATCH, which leaves shares as they are and needs no privilege. Where a processor is free, nobody
/// waits.
public enum EngineFirst {
  /// To be called before the node starts any thread: they inherit it.
  public static func letEngineCompute() { set(batch) }
  /// First thing on an engine's thread, which is woken like any other's.
  public static func take() { set(SCHED_OTHER) }

  /// SCHED_BATCH in Linux' interface; the C library's header shows it to C alone.
  private static let batch: Int32 = 3

  /// Of the calling thread. These two policies are open to everyone; refused, by a container say, all runs as it would
  /// without.
  private static func set(_ policy: Int32) {
    var none = sched_param(sched_priority: 0)
    sched_setscheduler(0, policy, &none)
  }
}
