import EdgeModel
import TraceLog

/// What invariant 3 asks of batches that workers form themselves: a rule that the base station gave, members that it
/// granted, and no batch taken before the rule allows.
extension TraceAudit {
  /// Corrected clocks run faster or slower than the worker's own by some parts in ten thousand.
  private static func tolerance(_ time: Duration) -> Duration { .microseconds(10) + time / 1000 }

  mutating func checkFormedBatches() {
    var rules: [WorkerID: [BatchingRule]] = [:]
    var open: [TaskID: WorkerID] = [:]
    for plan in run.openPlans.lazy.map(\.value) {
      if rules[plan.worker]?.last != plan.rule { rules[plan.worker, default: []].append(plan.rule) }
      for member in plan.members { open[member.member.task] = plan.worker }
    }
    var batchOf: [TaskID: BatchID] = [:]
    for batch in run.batches {
      guard let rule = batch.rule, let plan = batch.plan else { continue }
      let (what, place) = ("batch \(batch.id.number)", name(plan.place))
      if isBaseStationWhole, !(rules[plan.value.worker] ?? []).contains(rule) {
        violate(.forming, "\(what) was formed by a rule that no open plan gave, \(place)")
      }
      if plan.value.members.isEmpty || plan.value.members.count > rule.maxBatch {
        violate(
          .forming, "\(what) was formed of \(plan.value.members.count) tasks, \(rule.maxBatch) are allowed, \(place)")
      }
      for member in plan.value.members {
        if isBaseStationWhole, open[member.task] != plan.value.worker {
          violate(
            .forming, "\(what) was formed with \(name(member.task)), which no open plan gave its worker, \(place)")
        }
        if let other = batchOf.updateValue(batch.id, forKey: member.task) {
          violate(.forming, "\(name(member.task)) is in batch \(other.number) and in \(what), \(place)")
        }
      }
      checkWait(plan, rule, what, place)
    }
  }

  /// A batch that is not full waits until its oldest feature has waited the rule's delay; no member waited longer than
  /// the timeout.
  private mutating func checkWait(_ plan: Placed<BatchPlan>, _ rule: BatchingRule, _ what: String, _ place: String) {
    let arrivals = plan.value.members.compactMap { run.journey(of: $0.task)?.receipt?.instant }
    guard arrivals.count == plan.value.members.count, let oldest = arrivals.min() else { return }
    let waited = plan.value.start - oldest
    let slack = run.description.clockSlack(of: run.traces[plan.place.trace].node)
    if plan.value.members.count < rule.maxBatch, waited + Self.tolerance(rule.queueDelay) + slack < rule.queueDelay {
      violate(.forming, "\(what) was formed after \(waited) and not full, its rule waits \(rule.queueDelay), \(place)")
    }
    if let timeout = rule.timeout, waited - Self.tolerance(timeout) - slack > timeout {
      violate(.forming, "\(what) has a member that waited \(waited), its rule's timeout is \(timeout), \(place)")
    }
  }
}
