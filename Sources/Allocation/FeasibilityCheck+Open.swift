import EdgeModel

/// What an open plan promises: a rule that the worker can follow, uplinks within the cell, exits that are good enough,
/// and no upload that ends too late to be of use.
extension FeasibilityCheck {
  mutating func checkOpenPlans(_ plans: [OpenAllocation]) {
    for plan in plans { check(plan) }
    require(Set(plans.map(\.worker)).count == plans.count, "a worker is given two rules")
  }

  private mutating func check(_ plan: OpenAllocation) {
    guard let worker = frame.workers.first(where: { $0.id == plan.worker }) else {
      return require(false, "worker \(plan.worker.number) is not in the frame")
    }
    let most = min(worker.maxBatch ?? .max, worker.profile.largestBatch ?? .max)
    require(
      plan.maxBatch >= 1 && plan.maxBatch <= most,
      "an open plan's batches of \(plan.maxBatch), \(worker.name) takes 1 to \(most)")
    require(plan.queueDelay >= 0 && plan.queueDelay.isFinite, "a queue delay of \(plan.queueDelay) s")
    if let timeout = plan.timeout { require(timeout >= 0 && timeout.isFinite, "a queue timeout of \(timeout) s") }
    for member in plan.members {
      // A worker's queue knows one model.
      require(tasks[member.grant.task]?.model ?? 0 == 0, "\(Self.name(member.grant.task)) is of a further model")
      check(member, worker.profile.blocks)
    }
  }

  private mutating func check(_ member: OpenAllocation.Member, _ blocks: [BlockProfile]) {
    let (grant, who) = (member.grant, Self.name(member.grant.task))
    guard let task = tasks[grant.task] else { return }
    require(member.priority >= 1, "\(who) has priority \(member.priority)")
    require(grant.entry == task.entry, "\(who) enters at \(grant.entry), not at \(task.entry)")
    guard grant.exit >= max(1, grant.entry), grant.exit <= blocks.count else {
      return require(false, "\(who) leaves at \(grant.exit), of \(blocks.count) blocks")
    }
    checkExit(grant, of: task, blocks)
    require(grant.uploadEnd, atMost: task.deadline, "\(who) uploads beyond its deadline")
    require(grant.completion == task.deadline, "\(who) is promised \(grant.completion), open plans promise nothing")
    checkUpload(grant, of: task)
  }
}
