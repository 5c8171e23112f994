import Foundation
import Glibc

/// CPU time of the whole machine, to tell what the hypervisor took of it.
struct CPUTimes {
  /// All time, and what was stolen of it, in the kernel's ticks.
  private let total: UInt64
  private let stolen: UInt64

  /// From /proc/stat's first line: user, nice, system, idle, iowait, irq, softirq, steal; what follows is counted in
  /// user and nice already.
  init?() {
    guard let stat = try? String(contentsOfFile: "/proc/stat", encoding: .utf8),
      let line = stat.split(separator: "\n").first
    else { return nil }
    let ticks = line.split(separator: " ").dropFirst().prefix(8).compactMap { UInt64($0) }
    guard ticks.count == 8 else { return nil }
    total = ticks.reduce(0, &+)
    stolen = ticks[7]
  }

  /// Share of the time since `earlier` that was stolen, in 0...1.
  func steal(since earlier: CPUTimes) -> Double? {
    guard total > earlier.total, stolen >= earlier.stolen else { return nil }
    return Double(stolen - earlier.stolen) / Double(total - earlier.total)
  }
}

/// CLOCK_MONOTONIC [ns]: the nodes' clock.
func monotonicNow() -> Int64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

/// This host's name, without asking the network for it.
func hostName() -> String {
  var buffer = [CChar](repeating: 0, count: 256)
  guard gethostname(&buffer, buffer.count - 1) == 0 else { return "" }
  return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
