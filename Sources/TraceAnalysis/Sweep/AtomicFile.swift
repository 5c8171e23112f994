import Foundation
import Glibc

/// Files that are there whole or not at all, also after a crash or a power cut.
enum AtomicFile {
  /// Writes beside `path` under another name, forces it to disk, renames it. O(bytes).
  static func write(_ bytes: [UInt8], to path: String) throws(RunError) {
    let slash = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    let directory = slash == path.startIndex ? "." : String(path[..<slash])
    // Shards on several hosts may share the directory.
    let temporary = directory + "/.\(path[slash...]).\(getpid())-\(UInt32.random(in: 0 ... .max))"
    let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw failure(path) }
    var isWritten = write(bytes, to: file) && fsync(file) == 0
    let reason = errno
    // A full disk may show only here.
    isWritten = close(file) == 0 && isWritten
    guard isWritten, rename(temporary, path) == 0 else {
      let error = failure(path, isWritten ? errno : reason)
      unlink(temporary)
      throw error
    }
    sync(directory)
  }

  private static func write(_ bytes: [UInt8], to file: Int32) -> Bool {
    bytes.withUnsafeBytes { buffer in
      var rest = buffer[...]
      while !rest.isEmpty {
        let count = Glibc.write(file, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return false }
        rest = rest.dropFirst(count)
      }
      return true
    }
  }

  /// The new name survives a power cut too; a file system that cannot do that has done its best.
  private static func sync(_ directory: String) {
    let file = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard file >= 0 else { return }
    _ = fsync(file)
    close(file)
  }

  private static func failure(_ path: String, _ code: Int32 = errno) -> RunError {
    RunError("cannot write (\(String(cString: strerror(code))))", at: path, remedy: "check free space and permissions")
  }
}
