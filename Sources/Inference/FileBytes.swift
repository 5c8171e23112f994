import Glibc

/// Whole files as bytes, without Foundation.
public enum FileBytes {
  /// Larger files are refused: no model, table or manifest comes near it.
  public static let largest = 1 << 30

  /// The bytes of the regular file at `path`, at most `limit` of them. O(size).
  ///
  /// Throws, with the path, for what is missing, not readable, no regular file, larger than `limit`, or changes size
  /// while it is read.
  public static func read(_ path: String, limit: Int = largest) throws(EngineError) -> [UInt8] {
    // Non-blocking, because opening a pipe that nobody writes to would hang before it can be refused.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw failure("cannot open the file (\(reason(errno)))", path) }
    defer { close(descriptor) }
    let size = try regularSize(descriptor, path)
    guard size <= limit else { throw failure("the file has \(size) bytes, more than the \(limit) allowed", path) }
    return try read(descriptor, count: size, path)
  }

  /// Replaces the file at `path` with `bytes`: whoever reads it sees the old content or the new, never a part.
  public static func write(_ bytes: [UInt8], to path: String) throws(EngineError) {
    let draft = "\(path).\(getpid()).draft"
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure("cannot write the file (\(reason(errno)))", draft) }
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + done, bytes.count - done) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else {
        let error = failure("cannot write the file (\(reason(errno)))", draft)
        close(descriptor)
        unlink(draft)
        throw error
      }
      done += count
    }
    close(descriptor)
    guard rename(draft, path) == 0 else {
      let error = failure("cannot put the file in its place (\(reason(errno)))", path)
      unlink(draft)
      throw error
    }
  }

  /// Throws what `write(_:to:)` would throw for want of a directory or a right; leaves nothing behind. To be asked before
  /// work whose result is to be written.
  public static func checkWritable(_ path: String) throws(EngineError) {
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      throw EngineError("this is not a regular file", at: path, remedy: "name a file to be written")
    }
    let draft = "\(path).\(getpid()).draft"
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure("cannot write the file (\(reason(errno)))", path) }
    close(descriptor)
    unlink(draft)
  }

  private static func regularSize(_ descriptor: Int32, _ path: String) throws(EngineError) -> Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure("cannot read the file (\(reason(errno)))", path) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw failure("this is not a regular file", path) }
    return Int(status.st_size)
  }

  private static func read(_ descriptor: Int32, count: Int, _ path: String) throws(EngineError) -> [UInt8] {
    var code: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let step = Glibc.read(descriptor, buffer.baseAddress! + filled, count - filled)
        if step < 0 && errno == EINTR { continue }
        if step < 0 { code = errno }
        guard step > 0 else { break }
        filled += step
      }
    }
    guard code == 0 else { throw failure("cannot read the file (\(reason(code)))", path) }
    guard bytes.count == count else { throw failure("the file became shorter while it was read", path) }
    return bytes
  }

  private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
  private static func failure(_ what: String, _ path: String) -> EngineError {
    EngineError(what, at: path, remedy: "check the path and the file")
  }
}
