import EdgeModel
import Units

/// A policy for tasks of one model, on frames with tasks of several: each model's tasks are a frame of their own, one
/// after the other.
///
/// A model gets the share of the bandwidth that is left which its tasks' airtime at the whole cell has among that of the
/// models behind it, and finds the instances taken by the batches of those before it; what it leaves, the next may have.
/// Which model is first goes round with the frames. Every promise of the parts holds for the whole; a joint choice may do
/// better, so the answer is feasible, not optimal. Frames of one model go to the policy as they are. Ours: the papers have
/// one model. O(models) times the policy.
struct EachModel: AllocationPolicy {
  let policy: any AllocationPolicy

  func allocate(_ frame: FrameState, budget: SearchBudget) -> FrameAllocation {
    let models = Set(frame.tasks.map(\.model)).sorted()
    guard models.count > 1 else {
      return policy.allocate(frame.ofOneModel(models.first ?? 0), budget: budget)
    }
    let first = frame.frame.number % models.count
    var parts = (models[first...] + models[..<first]).map { frame.keeping($0) }
    var airtime = parts.map(\.airtime)
    var left = frame.bandwidth
    var whole = FrameAllocation(policy: "", status: .feasible)
    for index in parts.indices {
      let demand = airtime[index...].reduce(0, +)
      let share = demand > 0 ? min(1, airtime[index] / demand) : 1 / Double(parts.count - index)
      // An empty cell is no cell; a part without bandwidth still needs a number to divide by.
      parts[index].bandwidth = max(left * share, frame.bandwidth * 1e-9)
      let part = policy.allocate(parts[index], budget: budget)
      airtime[index] = 0
      left = left - part.peakBandwidth
      for later in parts.indices.dropFirst(index + 1) { parts[later].take(part.batches) }
      whole.add(
        part,
        whatTheWholeCellCouldDo: { task in
          var alone = parts[index]
          alone.bandwidth = frame.bandwidth
          alone.tasks = alone.tasks.filter { $0.id == task }
          for worker in alone.workers.indices { alone.workers[worker].freeAt = 0 }
          return policy.schedules(onlyTaskOf: alone, budget: budget)
        })
    }
    let order = Dictionary(uniqueKeysWithValues: frame.tasks.enumerated().map { ($1.id, $0) })
    whole.refusals.sort { order[$0.task, default: 0] < order[$1.task, default: 0] }
    return whole
  }

  func schedules(onlyTaskOf frame: FrameState, budget: SearchBudget) -> Bool {
    policy.schedules(onlyTaskOf: frame.ofOneModel(frame.tasks.first?.model ?? 0), budget: budget)
  }
}

extension FrameState {
  /// With the latencies of `model` as the workers' only ones.
  func ofOneModel(_ model: ModelID) -> FrameState {
    if workers.allSatisfy(\.furtherProfiles.isEmpty) { return self }
    var frame = self
    for index in frame.workers.indices {
      frame.workers[index].profile = workers[index].profile(of: model)
      frame.workers[index].furtherProfiles = []
    }
    return frame
  }
  fileprivate func keeping(_ model: ModelID) -> FrameState {
    var frame = ofOneModel(model)
    frame.tasks.removeAll { $0.model != model }
    return frame
  }
  /// Of all tasks one after the other with the whole cell [s].
  fileprivate var airtime: Double {
    tasks.reduce(0) { $0 + $1.feature.value / (bandwidth.value * $1.uplink.efficiency(over: bandwidth.value)) }
  }
  /// Instances that run `batches` are taken until they end.
  fileprivate mutating func take(_ batches: [BatchAllocation]) {
    for batch in batches {
      guard let index = workers.firstIndex(where: { $0.id == batch.worker }) else { continue }
      let end = batch.members.reduce(batch.start) { max($0, $1.completion) }
      workers[index].instancesFreeAt[batch.instance] = max(workers[index].instancesFreeAt[batch.instance], end)
    }
  }
}

extension FrameAllocation {
  /// The most that is granted at any instant; uploads that touch count together.
  fileprivate var peakBandwidth: Hertz {
    let used = granted.filter { $0.bandwidth.value > 0 }
    let changes =
      used.map { ($0.uploadStart, $0.bandwidth.value) } + used.map { ($0.uploadEnd.nextUp, -$0.bandwidth.value) }
    var (now, most) = (0.0, 0.0)
    for change in changes.sorted(by: { $0 < $1 }) {
      now += change.1
      most = max(most, now)
    }
    return Hertz(most)
  }

  /// What another model's tasks got. A task that its model's share of the cell could never serve waits for `bandwidth`.
  fileprivate mutating func add(_ part: FrameAllocation, whatTheWholeCellCouldDo: (TaskID) -> Bool) {
    policy = part.policy
    objective = part.objective
    if part.status == .budget { status = .budget }
    batches += part.batches
    open += part.open
    searchNodes += part.searchNodes
    refusals += part.refusals.map { refusal in
      let isShare = refusal.reason == .deadline && whatTheWholeCellCouldDo(refusal.task)
      return isShare ? Refusal(task: refusal.task, reason: .bandwidth) : refusal
    }
  }
}
