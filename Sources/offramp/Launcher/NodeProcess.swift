import Foundation
import Glibc
import TraceAnalysis

/// One node of a launched run.
struct NodeProcess {
  let line: NodeCommandLine
  let log: URL
  var process: ChildProcess
  /// Whether the launcher had asked it to end before it ended.
  var wasStopped = false
  /// Whether it had to be killed for that.
  var wasKilled = false
  /// The signal by which the topology ends it, once it was sent.
  var plannedEnd: Int32?
  /// Whether the topology does anything to its process.
  var isFaulted = false
  /// It stands still.
  var isPaused = false
  /// It lost the base station as the topology planned it.
  var endedInWake = false

  var name: String { line.name }

  /// Its end in the words of `run.json`.
  var end: RunDescription.End? {
    guard let end = process.end else { return nil }
    let isPlanned = (wasStopped && !wasKilled) || endedAsPlanned || endedInWake
    switch end {
    case .status(let status): return RunDescription.End(node: name, status: status, isPlanned: isPlanned || status == 0)
    case .signal(let signal): return RunDescription.End(node: name, signal: signal, isPlanned: isPlanned)
    }
  }

  /// Whether it is gone because the topology says so.
  var endedAsPlanned: Bool {
    switch (plannedEnd, process.end) {
    case (SIGKILL?, .signal(Int(SIGKILL))): true
    // Asked to end, a node ends with a status; before it listens to signals, by the signal.
    case (SIGTERM?, .status), (SIGTERM?, .signal(Int(SIGTERM))): true
    default: false
    }
  }

  /// How it ended, for people.
  var fate: String {
    switch process.end {
    case .status(let status): "ended with status \(status)"
    case .signal(let number): "was killed by \(Self.name(of: number))"
    case nil: "still runs"
    }
  }

  private static func name(of signal: Int) -> String {
    let names: [Int32: String] = [
      SIGKILL: "SIGKILL", SIGTERM: "SIGTERM", SIGINT: "SIGINT", SIGSEGV: "SIGSEGV", SIGABRT: "SIGABRT",
      SIGILL: "SIGILL", SIGTRAP: "SIGTRAP", SIGBUS: "SIGBUS", SIGFPE: "SIGFPE", SIGHUP: "SIGHUP", SIGPIPE: "SIGPIPE",
    ]
    return names[Int32(signal)] ?? "signal \(signal)"
  }
}
