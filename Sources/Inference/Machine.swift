import Glibc

/// What a measured latency depends on besides the model.
public struct Machine: Hashable, Sendable, CustomStringConvertible {
  /// As /proc/cpuinfo names the processor.
  public var processor: String
  public var cores: Int
  public init(processor: String, cores: Int) {
    self.processor = processor
    self.cores = cores
  }
  public var description: String { "\(processor), \(cores) cores" }

  /// The machine this runs on; "unknown processor" where /proc/cpuinfo has no name.
  public static func current() -> Machine {
    Machine(processor: processorName() ?? "unknown processor", cores: max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))))
  }

  private static func processorName() -> String? {
    // Files in /proc say they are empty, so the bounded reader of regular files does not do.
    guard let file = fopen("/proc/cpuinfo", "re") else { return nil }
    defer { fclose(file) }
    var buffer = [UInt8](repeating: 0, count: 16384)
    let count = fread(&buffer, 1, buffer.count, file)
    return name(in: String(decoding: buffer.prefix(count), as: UTF8.self))
  }

  /// x86 gives a name; Arm only numbers, which identify it as well.
  static func name(in cpuinfo: String) -> String? {
    var fields: [String: String] = [:]
    for line in cpuinfo.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2 else { continue }
      let key = parts[0].split(whereSeparator: \.isWhitespace).joined(separator: " ")
      if fields[key] == nil { fields[key] = parts[1].split(whereSeparator: \.isWhitespace).joined(separator: " ") }
    }
    if let name = fields["model name"] { return name }
    guard let maker = fields["CPU implementer"], let part = fields["CPU part"] else { return nil }
    return "Arm \(maker) \(part)"
  }
}
