import Glibc
import Inference

/// Where, when and with what a profile was measured.
public struct ProfileOrigin: Hashable, Sendable {
  /// The processor's name.
  public var processor: String
  public var cores: Int
  /// Of the operating system, such as "Linux 6.1.0".
  public var kernel: String
  /// As `--engine` names it.
  public var engine: String
  /// Of the engine's library.
  public var engineVersion: String
  /// Where it keeps its batches, such as "CUDA device 0 (NVIDIA H100, …)"; nil: in the processor's memory.
  public var device: String?
  /// The engine's.
  public var threads: Int
  /// UTC, as ISO 8601 writes it.
  public var date: String
  /// Of this program.
  public var version: String

  public init(
    processor: String, cores: Int, kernel: String, engine: String, engineVersion: String,
    device: String? = nil, threads: Int, date: String, version: String
  ) {
    self.processor = processor
    self.cores = cores
    self.kernel = kernel
    self.engine = engine
    self.engineVersion = engineVersion
    self.device = device
    self.threads = threads
    self.date = date
    self.version = version
  }

  /// This machine, now.
  init(
    machine: Machine = .current(), engine: String, engineVersion: String, device: String? = nil, threads: Int,
    version: String
  ) {
    self.init(
      processor: machine.processor, cores: machine.cores, kernel: Self.kernelName(), engine: engine,
      engineVersion: engineVersion, device: device, threads: threads, date: Self.now(), version: version)
  }

  private static func kernelName() -> String {
    var names = utsname()
    guard uname(&names) == 0 else { return "unknown" }
    return "\(text(of: names.sysname)) \(text(of: names.release))"
  }
  private static func text<Field>(of field: Field) -> String {
    withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  private static func now() -> String {
    var seconds = time(nil)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    var buffer = [UInt8](repeating: 0, count: 32)
    let count = buffer.withUnsafeMutableBytes { bytes in
      strftime(bytes.baseAddress!.assumingMemoryBound(to: CChar.self), bytes.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
    }
    return String(decoding: buffer.prefix(count), as: UTF8.self)
  }
}
