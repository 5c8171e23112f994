import Glibc

/// What a trace says of the machine it was written on.
public enum HostIdentity {
  /// The host's name.
  public static var name: String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, 255) == 0 else { return "unknown" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
  /// Equal for processes that share CLOCK_MONOTONIC; empty where the kernel does not say.
  public static var boot: String { firstLine(of: "/proc/sys/kernel/random/boot_id") }

  /// CPU time of all processors since boot, and the part of it that the hypervisor took; [ticks].
  static var ticks: (all: Double, stolen: Double) {
    let fields = firstLine(of: "/proc/stat").split(separator: " ").dropFirst().prefix(8).compactMap { Double($0) }
    return (fields.reduce(0, +), fields.count == 8 ? fields[7] : 0)
  }

  private static func firstLine(of path: String) -> String {
    guard let file = fopen(path, "r") else { return "" }
    defer { fclose(file) }
    var buffer = [CChar](repeating: 0, count: 1024)
    guard fgets(&buffer, 1024, file) != nil else { return "" }
    return String(decoding: buffer.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
