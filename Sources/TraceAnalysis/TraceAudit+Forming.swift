import EdgeModel
import TraceLog

/// What invariant 3 asks of batches that workers form themselves: a rule that the base station gave, members that it
/// granted, and no batch taken before the rule allows.
extension TraceAudit {
  /// Corrected clocks run faster or slower than the worker's own by some parts in ten thousand.
  private static func tolerance(_ time: Duration) -> Duration { .microseconds(10) + time / 1000 }

  mutating func take(_ plan: OpenPlan) {
    if rules[plan.worker]?.last != plan.rule { rules[plan.worker, default: []].append(plan.rule) }
  }
  /// Keeps at least the last `count` of each worker's rules.
  mutating func forgetRules(butLast count: Int) {
    for worker in rules.keys where rules[worker, default: []].count > 2 * count {
      rules[worker, default: []].removeFirst(rules[worker, default: []].count - count)
    }
  }

  mutating func checkForming(_ batch: BatchJourney, _ journeys: [TaskJourney], indexOf: (TaskID) -> Int?) {
    guard let rule = batch.rule, let plan = batch.plan else { return }
    var what: String { "batch \(batch.id.number)" }
    let place = plan.place
    if isBaseStationWhole, rules[plan.value.worker]?.lastIndex(of: rule) == nil {
      violate(.forming, "\(what) was formed by a rule that no open plan gave, \(name(place))")
    }
    if plan.value.members.isEmpty || plan.value.members.count > rule.maxBatch {
      violate(
        .forming,
        "\(what) was formed of \(plan.value.members.count) tasks, \(rule.maxBatch) are allowed, \(name(place))")
    }
    for member in plan.value.members {
      let index = indexOf(member.task)
      if isBaseStationWhole, index.flatMap({ journeys[$0].openWorker }) != plan.value.worker {
        violate(
          .forming, "\(what) was formed with \(name(member.task)), which no open plan gave its worker, \(name(place))")
      }
      if let index, let other = journeys[index].earlierBatches.last, journeys[index].formedBatch == batch.id {
        violate(.forming, "\(name(member.task)) is in batch \(other.number) and in \(what), \(name(place))")
      }
    }
    let arrivals = plan.value.members.compactMap { indexOf($0.task).flatMap { journeys[$0].receipt?.instant } }
    checkWait(plan, rule, arrivals: arrivals)
  }

  /// A batch that is not full waits until its oldest feature has waited the rule's delay; no member waited longer than
  /// the timeout.
  private mutating func checkWait(_ plan: Placed<BatchPlan>, _ rule: BatchingRule, arrivals: [Instant]) {
    var what: String { "batch \(plan.value.id.number)" }
    var place: String { name(plan.place) }
    guard arrivals.count == plan.value.members.count, let oldest = arrivals.min() else { return }
    let waited = plan.value.start - oldest
    let slack = outline.description.clockSlack(of: outline.traces[plan.place.trace].node)
    if plan.value.members.count < rule.maxBatch, waited + Self.tolerance(rule.queueDelay) + slack < rule.queueDelay {
      violate(.forming, "\(what) was formed after \(waited) and not full, its rule waits \(rule.queueDelay), \(place)")
    }
    if let timeout = rule.timeout, waited - Self.tolerance(timeout) - slack > timeout {
      violate(.forming, "\(what) has a member that waited \(waited), its rule's timeout is \(timeout), \(place)")
    }
  }
}
