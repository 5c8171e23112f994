import Glibc
public import Inference

/// Where ONNX Runtime's library is.
public enum OnnxLibrary {
  /// Names the library's file where it is not in `.deps`.
  public static let environmentVariable = "OFFRAMP_ONNXRUNTIME"
  static let placeInRepository = ".deps/onnxruntime/lib/libonnxruntime.so.1"
  /// The build with CUDA, which Scripts/gpu/setup-cuda puts there.
  static let placeWithCUDA = ".deps/onnxruntime-gpu/lib/libonnxruntime.so.1"

  /// The library's path: `explicit`, else the environment's, else what `Scripts/setup` put into `.deps`, looked for
  /// upward from the executable's directory and from the current one.
  ///
  /// - Parameter prefersCUDA: whether a build with CUDA that is in `.deps` comes before the one without.
  ///
  /// Throws where the one that was named does not exist, or none is found.
  public static func locate(_ explicit: String? = nil, prefersCUDA: Bool = false) throws(EngineError) -> String {
    if let explicit { return try existing(explicit, named: "by the command line") }
    if let named = getenv(environmentVariable).map({ String(cString: $0) }), !named.isEmpty {
      return try existing(named, named: "in \(environmentVariable)")
    }
    if prefersCUDA, let found = search(for: placeWithCUDA) { return found }
    if let found = search(for: placeInRepository) { return found }
    throw EngineError(
      "ONNX Runtime is not installed", at: placeInRepository,
      remedy: "run Scripts/setup, or set \(environmentVariable) to libonnxruntime.so")
  }

  private static func existing(_ path: String, named source: String) throws(EngineError) -> String {
    guard access(path, R_OK) == 0 else {
      throw EngineError(
        "the ONNX Runtime library named \(source) cannot be read", at: path,
        remedy: "correct the path, or run "
          + "Scripts/setup and name none")
    }
    // Without a slash the loader would look in the system's directories instead.
    return path.utf8.contains(UInt8(ascii: "/")) ? path : "./\(path)"
  }

  /// The file at `place`, looked for upward from the executable's directory and from the current one.
  package static func search(for place: String) -> String? {
    for start in [executableDirectory(), currentDirectory()].compactMap({ $0 }) {
      if let found = searchUpward(from: start, place) { return found }
    }
    return nil
  }

  private static func searchUpward(from start: String, _ place: String) -> String? {
    var directory = Substring(start)
    while true {
      let candidate = "\(directory)/\(place)"
      if access(candidate, R_OK) == 0 { return candidate }
      guard let slash = directory.lastIndex(of: "/") else { return nil }
      directory = directory[..<slash]
    }
  }

  private static func executableDirectory() -> String? {
    guard let path = realpath("/proc/self/exe", nil) else { return nil }
    defer { free(path) }
    let text = String(cString: path)
    return text.lastIndex(of: "/").map { String(text[..<$0]) }
  }
  private static func currentDirectory() -> String? {
    guard let path = getcwd(nil, 0) else { return nil }
    defer { free(path) }
    return String(cString: path)
  }
}
