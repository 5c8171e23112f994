import Glibc

/// What a virtual machine's host has taken from processors so far, for others to run on: no work of anybody here.
enum StolenTime {
  /// Of all `processors` together [ns], to the kernel's tick, 10 ms as a rule; 0 where it says nothing.
  static func of(_ processors: [Int]) -> Int64 {
    guard let stream = fopen("/proc/stat", "r") else { return 0 }
    defer { fclose(stream) }
    let perTick = 1_000_000_000 / Int64(max(sysconf(Int32(_SC_CLK_TCK)), 1))
    var (stolen, line) = (Int64(0), [CChar](repeating: 0, count: 512))
    while fgets(&line, Int32(line.count), stream) != nil {
      // cpuN user nice system idle iowait irq softirq steal …
      let words = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(
        separator: " ")
      guard words.count > 8, words[0].hasPrefix("cpu"), let number = Int(words[0].dropFirst(3)),
        processors.contains(number), let ticks = Int64(words[8])
      else { continue }
      stolen += ticks * perTick
    }
    return stolen
  }
}
