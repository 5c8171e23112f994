import COnnxRuntime
public import Inference
import Synchronization

/// The process's one ONNX Runtime: its library, environment and thread pool. It lives until the process ends.
public final class OnnxRuntime: @unchecked Sendable {
  public struct Settings: Hashable, Sendable {
    /// Path of the library; nil: found as `OnnxLibrary.locate` says.
    public var library: String?
    /// Threads of the pool that all sessions share, at least 1; 1 is the calling thread alone.
    public var threads: Int
    /// Whether idle threads of the pool busy-wait: faster, and burns a core.
    public var spins: Bool
    public init(library: String? = nil, threads: Int = 1, spins: Bool = false) {
      self.library = library
      self.threads = threads
      self.spins = spins
    }
  }

  /// Such as "1.28.0".
  public let version: String
  public let settings: Settings
  package let raw: OpaquePointer

  private static let shared = Mutex<OnnxRuntime?>(nil)

  /// Loads the library at the first call, and gives the same runtime at every later one.
  ///
  /// Throws where the library is absent or is not ONNX Runtime, and where a later call asks for other settings: there
  /// is one pool in a process.
  public static func open(_ settings: Settings = Settings()) throws(EngineError) -> OnnxRuntime {
    try shared.withLock { (existing) throws(EngineError) in
      if let existing {
        guard existing.settings == settings else {
          throw EngineError(
            "ONNX Runtime is already open with other settings", remedy: "use one thread count per process")
        }
        return existing
      }
      let opened = try OnnxRuntime(settings)
      existing = opened
      return opened
    }
  }

  private init(_ settings: Settings) throws(EngineError) {
    guard (1...1024).contains(settings.threads) else {
      throw EngineError("\(settings.threads) engine threads", remedy: "use 1 to 1024")
    }
    let library = try OnnxLibrary.locate(settings.library)
    var error = onnx_error()
    var out: OpaquePointer?
    guard onnx_runtime_open(library, Int32(settings.threads), settings.spins ? 1 : 0, &out, &error) == 0, let out
    else {
      throw EngineError(
        "ONNX Runtime cannot be loaded (\(text(of: error)))", at: library, remedy: "run Scripts/setup")
    }
    raw = out
    version = onnx_runtime_version(out).map { String(cString: $0) } ?? "unknown"
    self.settings = settings
  }
}

func text(of error: onnx_error) -> String {
  withUnsafeBytes(of: error.text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}
