import Dispatch
import Foundation
import Glibc
import Synchronization
import TopologyFiles
import TraceAnalysis

/// Threads that simulate points, each a whole simulation of its own.
final class SimulationThreads: Sendable {
  struct Job: Sendable {
    var point: ResolvedPoint
    var key: String
  }
  struct Outcome: Sendable {
    var point: SweepPoint
    var result: Result<SweepResult, CommandFailure>
  }
  private struct State {
    var jobs: [Job] = []
    var outcomes: [Outcome] = []
    var isClosed = false
  }

  /// A search goes deep; the main thread has as much.
  private static let stackSize = 8 << 20

  /// Can be read when there are outcomes.
  let descriptor: Int32
  private let writing: Int32
  private let state = Mutex(State())
  private let waiting = DispatchSemaphore(value: 0)
  private let count: Int

  /// - Parameter directory: where each run's own directory is kept; nil: nowhere.
  init(count: Int, keepingRunsIn directory: SweepDirectory?) {
    var ends: [Int32] = [-1, -1]
    precondition(pipe(&ends) == 0, "no file descriptors are left")
    for end in ends {
      Descriptor.closeOnExec(end)
      Descriptor.doNotBlock(end)
    }
    (descriptor, writing) = (ends[0], ends[1])
    self.count = count
    for _ in 0..<count {
      let thread = Thread { [self] in
        while let job = next() { deliver(Self.perform(job, directory)) }
      }
      thread.stackSize = Self.stackSize
      thread.start()
    }
  }

  func add(_ job: Job) {
    state.withLock { $0.jobs.append(job) }
    waiting.signal()
  }

  /// Those that came since the last call.
  func outcomes() -> [Outcome] {
    var bytes = [UInt8](repeating: 0, count: 64)
    while read(descriptor, &bytes, bytes.count) > 0 {}
    return state.withLock { state in
      defer { state.outcomes.removeAll() }
      return state.outcomes
    }
  }

  /// Lets the threads end; what they are at is not waited for.
  func close() {
    state.withLock { $0.isClosed = true }
    for _ in 0..<count { waiting.signal() }
  }

  private func next() -> Job? {
    waiting.wait()
    return state.withLock { $0.isClosed || $0.jobs.isEmpty ? nil : $0.jobs.removeFirst() }
  }

  private func deliver(_ outcome: Outcome) {
    state.withLock { $0.outcomes.append(outcome) }
    var byte: UInt8 = 0
    // A full pipe has woken the reader already.
    _ = write(writing, &byte, 1)
  }

  private static func perform(_ job: Job, _ directory: SweepDirectory?) -> Outcome {
    do {
      let result = try SimulatedPoint(job.point, key: job.key).run(keepingIn: directory)
      return Outcome(point: job.point.point, result: .success(result))
    } catch {
      let failure = CommandFailure(error) ?? CommandFailure("\(error)", at: job.point.file.path, remedy: "run it again")
      return Outcome(point: job.point.point, result: .failure(failure))
    }
  }
}
