import Dispatch
import Foundation
import TraceAnalysis

/// What SIGINT and SIGTERM do to a simulation: its directory goes, since half of a run is worth nothing, and the command
/// ends with one line.
struct Interruption {
  private let sources: [any DispatchSourceSignal]

  init(removing directory: RunDirectory) {
    let path = directory.path
    sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        try? FileManager.default.removeItem(atPath: path)
        let name = number == SIGINT ? "SIGINT" : "SIGTERM"
        try? FileHandle.standardError.write(
          contentsOf: Data("error: the simulation was interrupted by \(name), \(path) is removed; run it again\n".utf8))
        // Nothing that the main thread still holds is wanted.
        _exit(2)
      }
      source.resume()
      return source
    }
  }

  /// The run is complete: what is written from now on stays.
  func end() { for source in sources { source.cancel() } }
}
