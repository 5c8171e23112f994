/// Which files an engine's times depend on.
extension ModelManifest {
  /// The blocks and exit heads, which a worker runs.
  public var timedFiles: [File] { blocks.map(\.file) + exits.map(\.file) }

  /// Names those files' content: the SHA-256 of their SHA-256s, a line each. Their names, the stem and the held-out
  /// images do not matter. O(files).
  public var fingerprint: String {
    SHA256.hex(of: Array(timedFiles.map { $0.sha256.lowercased() + "\n" }.joined().utf8))
  }

  /// Throws where one of those files is not what the manifest says; `fingerprint` is then that of the files themselves.
  /// O(bytes).
  public func checkTimedFiles() throws(EngineError) {
    for file in timedFiles {
      let found = SHA256.hex(of: try read(file))
      guard found == file.sha256.lowercased() else {
        throw EngineError(
          "the file's SHA-256 is \(found.prefix(12))…, the model's manifest says \(file.sha256.prefix(12))…",
          at: "\(directory)/\(file.name)", remedy: "restore the model's directory")
      }
    }
  }
}
