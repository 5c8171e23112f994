import Glibc
import Inference
import ZeroMQ

/// Waits for what a child process is to say, but not for ever, and not for one that has ended.
final class Patience {
  /// [ns]
  private static let lasts: Int64 = 120_000_000_000
  /// Between two looks at the process [ns].
  private static let pause: Int64 = 1_000_000_000

  private let process: pid_t
  private let timer: TimerDescriptor
  private let index: Int
  private var end: Int64 = 0

  /// Not waiting yet.
  init(for process: pid_t, _ poll: inout PollSet) throws {
    self.process = process
    timer = try TimerDescriptor()
    index = poll.add(descriptor: timer.descriptor)
  }

  /// From now on; also where it has just said something.
  func begin() {
    end = monotonicNow() + Self.lasts
    timer.arm(at: monotonicNow() + Self.pause)
  }
  func rest() { timer.disarm() }

  /// To be called after each wait. Throws where the process has ended, or has said nothing for two minutes.
  func look(_ poll: borrowing PollSet) throws(EngineError) {
    guard poll.isReadable(index) else { return }
    var status: Int32 = 0
    guard waitpid(process, &status, WNOHANG) == 0 else {
      throw EngineError("the worker has ended", remedy: "see its complaint above and its trace")
    }
    guard monotonicNow() < end else {
      throw EngineError(
        "nothing was heard of the worker for two minutes", remedy: "look at its complaint and its trace")
    }
    timer.arm(at: monotonicNow() + Self.pause)
  }
}
