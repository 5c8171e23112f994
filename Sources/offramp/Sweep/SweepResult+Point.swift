import EdgeModel
import PlainJSON
import TopologyFiles
import TraceAnalysis
import Units

extension SweepResult {
  /// What a point's run came to.
  init(
    _ point: ResolvedPoint, _ checked: CheckedTopology, key: String, mode: SweepMode, _ summary: RunSummary,
    _ verdict: Verdict, took: Duration
  ) {
    self.init(
      key: key, mode: mode.rawValue, policy: checked.topology.policy.name, seed: checked.topology.seed,
      parameters: point.point.parameters.map { .init($0.axis, .string($0.value)) },
      topologySHA256: point.file.sha256, version: Offramp.version, isValid: verdict.isValid, reasons: verdict.reasons,
      took: took.inSeconds, summary: summary.json)
  }
}
