import Foundation
import Glibc

/// A short-lived directory for socket files. Short, because a socket's path has 107 bytes at most.
struct SocketDirectory {
  private static let longest = 40
  let path: String

  init() throws(CommandFailure) {
    let own = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
    let base = own.utf8.count <= Self.longest ? own : "/tmp"
    var template = Array("\(base)/offramp-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw CommandFailure(
        "cannot make a directory for the run's sockets: \(String(cString: strerror(errno)))", at: base,
        remedy: "set TMPDIR to a directory that can be written", code: 2)
    }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  func remove() { try? FileManager.default.removeItem(atPath: path) }
}
