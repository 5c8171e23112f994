import Foundation
import Glibc
import TopologyFiles
import TraceAnalysis

/// A signal that ended a sweep.
struct SweepInterruption: Error {
  var signal: Int32
  var name: String { [SIGINT: "SIGINT", SIGTERM: "SIGTERM", SIGHUP: "SIGHUP"][signal] ?? "signal \(signal)" }
}

/// Runs points and writes each result as it comes, on the thread that calls: an interruption finds every result whole.
struct SweepRunner {
  let file: SweepFile
  let directory: SweepDirectory
  let keepsRuns: Bool
  let signals: SignalPipe
  /// What is to be run, in order.
  let points: [(index: Int, key: String)]

  /// Simulates all points, `jobs` at a time. Throws an interruption, or what cannot be written; a point that fails is
  /// counted, and the others go on.
  func simulate(jobs: Int, _ tally: inout SweepTally) throws {
    guard !points.isEmpty else { return }
    let threads = SimulationThreads(
      count: min(jobs, points.count), keepingRunsIn: keepsRuns ? directory : nil)
    defer { threads.close() }
    var progress = SweepProgress(total: points.count)
    defer { progress.clear() }
    var (next, ended) = (0, 0)
    while ended < points.count {
      // Enough that no thread waits; a grid's topologies would not all fit in memory.
      while next < points.count, next - ended < 2 * jobs {
        if let point = resolve(points[next].index, &tally) {
          threads.add(.init(point: point, key: points[next].key))
        } else {
          ended += 1
        }
        next += 1
      }
      if ended < next { Descriptor.wait(for: [signals.descriptor, threads.descriptor], nanoseconds: 500_000_000) }
      let signal = interruption()
      for outcome in threads.outcomes() {
        ended += 1
        switch outcome.result {
        case .success(let result): try take(result, of: outcome.point, &tally)
        case .failure(let failure): tally.fail(failure.lines.joined(separator: "; "), of: outcome.point)
        }
      }
      if let signal { throw SweepInterruption(signal: signal) }
      progress.show(done: ended, tally)
    }
  }

  /// Runs all points live, one after the other: two testbeds at a time would disturb each other.
  func runLive(_ tally: inout SweepTally) throws {
    var progress = SweepProgress(total: points.count)
    defer { progress.clear() }
    for (number, (index, key)) in points.enumerated() {
      if let signal = interruption() { throw SweepInterruption(signal: signal) }
      progress.show(done: number, tally)
      guard let point = resolve(index, &tally) else { continue }
      do {
        let label = "\(progress.text(number, tally)) · "
        let result = try LivePoint(point, key: key, in: directory).run(signals: signals, label: label)
        try take(result, of: point.point, &tally)
        if result.isValid, !keepsRuns { directory.removeRun(key) }
      } catch let error as RunFailure {
        if let signal = error.signal { throw SweepInterruption(signal: signal) }
        tally.fail("\(error.what), \(error.place); \(error.remedy)", of: point.point)
      } catch let error as CommandFailure {
        tally.fail(error.lines.joined(separator: "; "), of: point.point)
      }
    }
  }

  private func take(_ result: SweepResult, of point: SweepPoint, _ tally: inout SweepTally) throws(RunError) {
    try directory.write(result)
    tally.take(result, of: point)
  }

  /// The files that a topology names may have changed since they were looked at.
  private func resolve(_ index: Int, _ tally: inout SweepTally) -> ResolvedPoint? {
    let point = file.point(index)
    do throws(TopologyError) { return try file.resolve(point) } catch {
      tally.fail(error.problems[0].description, of: point)
      return nil
    }
  }

  private func interruption() -> Int32? {
    while let signal = signals.next() { if signal != SIGCHLD { return signal } }
    return nil
  }
}
