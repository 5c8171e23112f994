import Foundation
import Glibc

/// A process that this one started, until it is reaped.
struct ChildProcess {
  /// How a process ended.
  enum End: Hashable {
    case status(Int)
    case signal(Int)
  }
  let id: pid_t
  private(set) var end: End?

  /// Starts `executable` with nothing on standard input, in a process group of its own: a terminal's Ctrl-C reaches the
  /// launcher alone, which then stops its nodes in order.
  ///
  /// The thread that calls this must live as long as the process: Linux tells `PR_SET_PDEATHSIG` when the parent's
  /// *thread* ends.
  init(_ executable: String, _ arguments: [String], output: Int32, errors: Int32) throws(SpawnFailure) {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_adddup2(&actions, errors, 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    Self.resetSignals(&attributes)
    posix_spawnattr_setpgroup(&attributes, 0)

    var id = pid_t()
    let status = Self.withCStrings([executable] + arguments) { words in
      Self.withCStrings(ProcessInfo.processInfo.environment.map { "\($0.key)=\($0.value)" }) { environment in
        posix_spawn(&id, executable, &actions, &attributes, words, environment)
      }
    }
    guard status == 0 else { throw SpawnFailure(code: status) }
    self.id = id
  }

  /// What the launcher blocks and ignores is its own affair.
  private static func resetSignals(_ attributes: inout posix_spawnattr_t) {
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    var defaults = sigset_t()
    sigemptyset(&defaults)
    for number in [SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD] { sigaddset(&defaults, number) }
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
    posix_spawnattr_setflags(&attributes, Int16(flags))
  }

  private static func withCStrings<Result>(
    _ words: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
  ) -> Result {
    let copies = words.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return body(copies + [nil])
  }

  var isRunning: Bool { end == nil }

  /// Takes notice of its end, without waiting for it. Whether it ended now.
  mutating func reap() -> Bool {
    guard isRunning else { return false }
    var status: Int32 = 0
    guard waitpid(id, &status, WNOHANG) == id else { return false }
    let signal = Int(status & 0x7F)
    end = signal == 0 ? .status(Int(status >> 8) & 0xFF) : .signal(signal)
    return true
  }

  func send(_ signal: Int32) { if isRunning { kill(id, signal) } }
}

/// Why a process could not be started.
struct SpawnFailure: Error {
  var code: Int32
  var reason: String { String(cString: strerror(code)) }
}
