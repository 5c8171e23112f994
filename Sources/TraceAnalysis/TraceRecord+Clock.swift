import EdgeModel
import TraceLog

extension TraceRecord {
  /// The same record with every instant that its node's clock gave passed through `clock`. Probes stay as they are: they
  /// are what the correction was made of.
  func corrected(by clock: ClockFit) -> TraceRecord {
    switch self {
    case .taskOffered(var task, let group, let sample, let label, let stem):
      task.generated = clock.corrected(task.generated)
      task.deadline = clock.corrected(task.deadline)
      return .taskOffered(task, group: group, sample: sample, label: label, stem: stem)
    case .uploadStarted(let task, let planned): return .uploadStarted(task, planned: clock.corrected(planned))
    case .uploadEnded(let task, let planned, let bytes, let chunkBytes, let sent):
      return .uploadEnded(
        task, planned: clock.corrected(planned), bytes: bytes, chunkBytes: chunkBytes, sent: sent.map(clock.corrected))
    case .planReceived(let batch, let planned): return .planReceived(batch, planned: clock.corrected(planned))
    case .batchFormed(let plan, let rule):
      let members = plan.members.map { member in
        var member = member
        member.uploadEnd = clock.corrected(member.uploadEnd)
        member.completion = clock.corrected(member.completion)
        return member
      }
      let corrected = BatchPlan(
        id: plan.id, frame: plan.frame, worker: plan.worker, instance: plan.instance,
        start: clock.corrected(plan.start), members: members)
      return .batchFormed(corrected, rule: rule)
    case .featureReceived(let task, let batch, let bytes, let planned):
      return .featureReceived(task, batch: batch, bytes: bytes, planned: planned.map(clock.corrected))
    case .batchStarted(let batch, let frame, let instance, let planned, let size, let missing):
      return .batchStarted(
        batch, frame: frame, instance: instance, planned: clock.corrected(planned), size: size, missing: missing)
    case .blockRan(var run):
      run.start = clock.corrected(run.start)
      run.end = clock.corrected(run.end)
      return .blockRan(run)
    default: return self
    }
  }
}
