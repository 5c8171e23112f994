import TopologyFiles
import TraceAnalysis

/// One point of a sweep as a live run.
struct LivePoint {
  private let point: ResolvedPoint
  private let key: String
  private let directory: SweepDirectory

  init(_ point: ResolvedPoint, key: String, in directory: SweepDirectory) {
    self.point = point
    self.key = key
    self.directory = directory
  }

  /// Runs it on the thread that calls; its directory is left in `DIR/runs/KEY`. Throws a `RunFailure` where the run
  /// failed.
  ///
  /// - Parameter label: what stands before the run's progress.
  func run(signals: SignalPipe, label: String) throws -> SweepResult {
    let clock = ContinuousClock()
    let start = clock.now
    let checked = try CheckedTopology(point.file)
    // Of a run that was interrupted, or is INVALID.
    directory.removeRun(key)
    let run = try LaunchedRun(checked, output: directory.run(key).path, signals: signals, label: label)
    let (summary, verdict) = try run.performQuietly()
    return SweepResult(point, checked, key: key, mode: .live, summary, verdict, took: start.duration(to: clock.now))
  }
}
