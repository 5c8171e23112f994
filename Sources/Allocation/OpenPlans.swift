import EdgeModel

/// What a policy with open plans decides for one worker in one frame.
struct OpenRule {
  /// At least 1; capped at what the worker takes.
  var maxBatch: Int
  /// [s].
  var queueDelay: Double
  var timeout: Double?
}

/// An answer made of open plans: equal shares of the uplink, and for each worker the rule that `rule` gives it.
///
/// A worker that neither gets a task, nor has one waiting, nor has reported anything new gets no plan.
struct OpenPlans {
  let policy: String
  let frame: FrameState

  func allocate(rule: (WorkerState, _ admitted: [OpenAllocation.Member]) -> OpenRule) -> FrameAllocation {
    let uplink = OpenUplink(frame)
    var open: [OpenAllocation] = []
    for (worker, members) in zip(frame.workers, uplink.members).sorted(by: { $0.0.id < $1.0.id })
    where !members.isEmpty || worker.queue.backlog > 0 || !worker.queue.recent.isEmpty {
      let rule = rule(worker, members)
      let most = min(worker.maxBatch ?? .max, worker.profile.largestBatch ?? .max)
      open.append(
        OpenAllocation(
          worker: worker.id, maxBatch: max(1, min(rule.maxBatch, most)), queueDelay: rule.queueDelay,
          timeout: rule.timeout, members: members))
    }
    let reasons = RefusalReasons(frame, exits: .firstGoodEnough, startsBehindFrame: true, batches: [])
    return FrameAllocation(
      policy: policy, status: .feasible, open: open, refusals: reasons.refusals(of: uplink.others))
  }
}
