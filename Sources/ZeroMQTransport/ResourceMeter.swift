import Glibc
import TraceLog

/// What a run cost this process, and what the hypervisor took from the machine meanwhile.
struct ResourceMeter {
  private let ticks = HostIdentity.ticks
  private let cpu = ResourceMeter.processTime

  /// CPU time of all threads since the meter was made.
  var spent: Duration { Self.processTime - cpu }
  /// Share of the machine's CPU time since the meter was made that the hypervisor took, in 0...1.
  var steal: Double {
    let now = HostIdentity.ticks
    let all = now.all - ticks.all
    return all > 0 ? max(0, (now.stolen - ticks.stolen) / all) : 0
  }

  /// A loop's statistics with what the run cost.
  func complete(_ statistics: LoopStatistics) -> LoopStatistics {
    var statistics = statistics
    statistics.cpu = spent
    statistics.steal = steal
    return statistics
  }

  private static var processTime: Duration {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }
}
