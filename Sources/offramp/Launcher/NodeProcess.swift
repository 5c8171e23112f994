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

  var name: String { line.name }

  /// Its end in the words of `run.json`.
  var end: RunDescription.End? {
    guard let end = process.end else { return nil }
    let isPlanned = wasStopped && !wasKilled
    switch end {
    case .status(let status): return RunDescription.End(node: name, status: status, isPlanned: isPlanned || status == 0)
    case .signal(let signal): return RunDescription.End(node: name, signal: signal, isPlanned: isPlanned)
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
