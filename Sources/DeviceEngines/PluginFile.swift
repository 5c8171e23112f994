import Glibc
public import Inference
import OnnxRuntime

/// Where the libtorch plugin is.
public enum PluginFile {
  /// Names the plugin's file where it is not in `.deps`.
  public static let environmentVariable = "OFFRAMP_TORCH_PLUGIN"
  /// Where Scripts/gpu/build-torch puts it.
  static let placeInRepository = ".deps/torch/libofframp-torch.so"

  /// The plugin's path: `explicit`, else the environment's, else the one in `.deps`, looked for upward from the
  /// executable's directory and from the current one.
  ///
  /// Throws where the one that was named cannot be read, or none is found.
  public static func locate(_ explicit: String? = nil) throws(EngineError) -> String {
    let named = explicit ?? getenv(environmentVariable).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    if let named {
      guard access(named, R_OK) == 0 else {
        throw EngineError(
          "the plugin cannot be read", at: named,
          remedy: "correct the path, or build one with Scripts/gpu/build-torch and name none")
      }
      // Without a slash the loader would look in the system's directories instead.
      return named.utf8.contains(UInt8(ascii: "/")) ? named : "./\(named)"
    }
    if let found = OnnxLibrary.search(for: placeInRepository) { return found }
    throw EngineError(
      "there is no libtorch plugin", at: placeInRepository,
      remedy: "build one with Scripts/gpu/build-torch where PyTorch is, or name it with --plugin")
  }
}
