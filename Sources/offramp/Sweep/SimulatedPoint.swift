import EdgeSimulation
import TopologyFiles
import TraceAnalysis

/// One point of a sweep in virtual time.
struct SimulatedPoint {
  private let point: ResolvedPoint
  private let key: String

  init(_ point: ResolvedPoint, key: String) {
    self.point = point
    self.key = key
  }

  /// - Parameter directory: where the run's own directory is kept; nil: nowhere.
  func run(keepingIn directory: SweepDirectory?) throws -> SweepResult {
    let clock = ContinuousClock()
    let start = clock.now
    let checked = try CheckedTopology(point.file)
    let (summary, verdict) =
      try directory.map { try Self.keep(checked, in: $0, key) } ?? Self.judge(checked)
    return SweepResult(
      point, checked, key: key, mode: .simulated, summary, verdict, took: start.duration(to: clock.now))
  }

  private static func keep(
    _ checked: CheckedTopology, in directory: SweepDirectory, _ key: String
  ) throws -> (summary: RunSummary, verdict: Verdict) {
    directory.removeRun(key)
    return try VirtualRun(checked, output: directory.run(key).path, writesTraces: true).performQuietly()
  }

  /// Summary and verdict of a run that leaves nothing.
  private static func judge(_ checked: CheckedTopology) throws -> (summary: RunSummary, verdict: Verdict) {
    let setup = try SimulationSetup(checked)
    let run = try StreamedRun(setup, RunDescription(checked, setup))
    return (run.summary, run.verdict)
  }
}
