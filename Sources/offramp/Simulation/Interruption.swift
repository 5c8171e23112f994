import Foundation
import Glibc
import Synchronization
import TraceAnalysis

/// What SIGINT and SIGTERM do to a simulation: its directory goes, since half of a run is worth nothing, and the command
/// ends with one line.
///
/// The thread that simulates is not asked, and goes on making files meanwhile. So the directory takes another name before
/// it is emptied, and what that thread then says of files that it cannot make is not heard: `end` does not return.
final class Interruption: Sendable {
  private struct State {
    var directory: RunDirectory?
    /// Whether it was there before, empty.
    var wasThere = false
    var isInterrupted = false
    var isOver = false
  }
  private let state = Mutex(State())
  private let sources = Mutex<[any DispatchSourceSignal]>([])

  /// From here on neither signal ends the process by itself.
  init() {
    let taken = [(SIGINT, "SIGINT"), (SIGTERM, "SIGTERM")]
    // Until a source is registered its signal would be lost.
    let registered = DispatchGroup()
    sources.withLock { sources in
      for (number, name) in taken {
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        registered.enter()
        source.setRegistrationHandler { registered.leave() }
        source.setEventHandler { [weak self] in self?.take(name) }
        source.resume()
        sources.append(source)
      }
    }
    registered.wait()
  }

  /// Makes the directory that a signal removes. A signal waits meanwhile, so that it finds the whole of it or nothing.
  /// `output`: where it is to be, if that was said.
  func directory(at output: String?, _ make: () throws -> RunDirectory) throws -> RunDirectory {
    try state.withLock { state in
      if state.isInterrupted { Self.waitForTheEnd() }
      state.wasThere = output.map(FileManager.default.fileExists) ?? false
      let made = try make()
      state.directory = made
      return made
    }
  }

  /// The run is complete, or failed by itself: what is written stays. Does not return where a signal came before.
  func end() {
    let isInterrupted = state.withLock { state in
      state.isOver = true
      return state.isInterrupted
    }
    if isInterrupted { Self.waitForTheEnd() }
    sources.withLock { for source in $0 { source.cancel() } }
  }

  private func take(_ name: String) {
    let taken: State? = state.withLock { state in
      guard !state.isOver, !state.isInterrupted else { return nil }
      state.isInterrupted = true
      return state
    }
    guard let taken else { return }
    let rest =
      taken.directory.map { Self.remove($0.path, leavesItEmpty: taken.wasThere) } ?? "before it began; run it again"
    try? FileHandle.standardError.write(
      contentsOf: Data("error: the simulation was interrupted by \(name), \(rest)\n".utf8))
    // Nothing that the main thread still holds is wanted.
    _exit(2)
  }

  /// What became of it, and what to do.
  private static func remove(_ path: String, leavesItEmpty: Bool) -> String {
    let whole = URL(filePath: path).resolvingSymlinksInPath().path
    let doomed = "\(whole).interrupted-\(getpid())"
    let removed = rename(whole, doomed) == 0 ? doomed : whole
    do { try FileManager.default.removeItem(atPath: removed) } catch {
      return "\(removed) cannot be removed; remove it and run again"
    }
    if leavesItEmpty { mkdir(whole, 0o777) }
    return "\(path) is \(leavesItEmpty ? "empty again" : "removed"); run it again"
  }

  private static func waitForTheEnd() -> Never { while true { pause() } }
}
