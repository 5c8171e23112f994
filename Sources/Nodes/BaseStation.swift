import Allocation
public import EdgeModel
import TraceLog
import Units

/// The base station: collects offers, has one allocation made per frame, and sends grants to devices and plans to
/// workers.
public struct BaseStation: Node {
  public enum Inbound: Sendable {
    case uplink(DeviceUplink)
    case worker(WorkerUplink)
    /// The policy's answer for a frame, and what it took.
    case allocated(FrameAllocation, frame: FrameID, took: Duration)
    /// There will be no answer for a frame; why, in one line.
    case allocationFailed(String, frame: FrameID)
    /// A node that the run can go on without is gone or back.
    case peers(PeerChange)
  }
  public enum Outbound: Sendable {
    case downlink(DeviceDownlink)
    case plan(BatchPlan, to: WorkerID)
    case open(OpenPlan, to: WorkerID)
    /// Have the policy decide this frame; the answer comes back as `allocated`.
    case allocate(FrameState)
    case progress(RunProgress)
  }
  public enum Timer: Hashable, Sendable {
    /// A lead before the frame's edge.
    case allocation(FrameID)
    /// The last moment at which an allocation still reaches the devices.
    case fallback(FrameID)
    case edge(FrameID)
  }

  let configuration: BaseStationConfiguration
  private var waiting: [TaskID: InferenceTask] = [:]
  /// Each device's last offer; it makes them in the order of their numbers.
  private var newest: [Int]
  /// Asked for and not yet answered.
  private var pending: FrameState?
  /// Of each worker's instances.
  private var schedules: [[InstanceSchedule]]
  /// Which workers are there to be planned for.
  private var isPresent: [Bool]
  /// The frame's bandwidth that was noticed last.
  private var bandwidth: Hertz
  private var served: [Double]
  /// Each device's exit rule, and its group's index.
  private let rules: [ExitRule]
  private let groupOfDevice: [Int]
  private let modelOfDevice: [ModelID]
  /// What open plans need to be remembered from frame to frame.
  private var memory: OpenPlanMemory
  /// What each device's tasks count.
  private let weights: [Double]
  /// The workers as policies see them, all idle.
  private let idleWorkers: [WorkerState]
  private var nextBatch = 0
  private var progress = RunProgress()

  public init(_ configuration: BaseStationConfiguration) {
    self.configuration = configuration
    schedules = configuration.workers.map(\.emptySchedules)
    isPresent = configuration.workers.map { _ in true }
    bandwidth = configuration.bandwidth
    served = Array(repeating: 0, count: configuration.deviceCount)
    newest = Array(repeating: -1, count: configuration.deviceCount)
    rules = configuration.groups.flatMap { group in group.devices.map { _ in group.exitRule } }
    groupOfDevice = configuration.groups.enumerated().flatMap { index, group in group.devices.map { _ in index } }
    modelOfDevice = configuration.groups.flatMap { group in group.devices.map { _ in group.model } }
    precondition(
      modelOfDevice.allSatisfy { configuration.featureBytes.indices.contains($0.number) }
        && configuration.workers.allSatisfy { $0.furtherProfiles.count == configuration.featureBytes.count - 1 },
      "every worker has every model")
    memory = OpenPlanMemory(groups: configuration.groups.count, workers: configuration.workers.count)
    weights = configuration.groups.flatMap { group in group.devices.map { _ in group.weight } }
    // Where tasks may leave early, heads are asked for more rows than those that leave.
    let leavesByConfidence = rules.contains { $0 != .assigned }
    idleWorkers = configuration.workers.map { worker in
      var state = WorkerState(
        id: worker.id, name: worker.name, maxBatch: worker.maxBatch,
        profile: leavesByConfidence ? worker.profile.withHeadsInBlocks : worker.profile)
      state.furtherProfiles = worker.furtherProfiles.map { leavesByConfidence ? $0.withHeadsInBlocks : $0 }
      state.instancesFreeAt = Array(repeating: 0, count: worker.instances)
      return state
    }
  }

  private var grid: FrameGrid { configuration.timing.grid }

  public mutating func handle(_ event: Event<Self>, at now: Instant, _ effects: inout Effects<Self>) {
    switch event {
    // Frame 0's lead lies before the start, when nobody can have offered anything.
    case .started:
      effects.fire(.edge(0), at: grid.start(of: 0))
      effects.fire(.allocation(1), at: grid.allocation(of: 1))
    case .received(.uplink(.offer(let task))): take(task, &effects)
    case .fired(.allocation(let frame), _): askForAllocation(of: frame, at: now, &effects)
    case .received(.allocated(let allocation, let frame, let took)): accept(allocation, of: frame, took, &effects)
    case .received(.allocationFailed(let reason, let frame)):
      effects.record(.messageRejected(from: configuration.policyName, reason: "frame \(frame.number): \(reason)"))
      fallBack(in: frame, &effects)
    case .fired(.fallback(let frame), _): fallBack(in: frame, &effects)
    case .fired(.edge(let frame), let planned): mark(frame, edge: planned, at: now, &effects)
    case .received(.worker(.report(let report))): take(report, at: now, &effects)
    case .received(.uplink(.settled(let task, let outcome))): count(outcome, of: task)
    case .received(.peers(let change)): take(change, &effects)
    case .stopped: break  // devices conclude their own tasks
    }
  }

  // MARK: A frame's way, in order

  private mutating func take(_ task: InferenceTask, _ effects: inout Effects<Self>) {
    if let fault = fault(in: task) {
      effects.record(
        .messageRejected(from: "device \(task.id.device.number)", reason: "offer \(task.id.number): \(fault)"))
      return
    }
    waiting[task.id] = task
    newest[task.id.device.number] = task.id.number
    memory.offered(group: groupOfDevice[task.id.device.number])
    progress.offered += 1
  }

  private func fault(in task: InferenceTask) -> String? {
    if !(0..<configuration.deviceCount).contains(task.id.device.number) { return "there is no such device" }
    if task.id.number <= newest[task.id.device.number] { return "offered twice" }
    if task.feature != .bytes(featureBytes(of: task.id)) { return "a feature of \(task.feature.value) bit" }
    if !(0...1).contains(task.requiredAccuracy) { return "an accuracy of \(task.requiredAccuracy)" }
    if task.entry != 1 { return "it enters at block \(task.entry)" }
    return nil
  }

  private func model(of task: TaskID) -> ModelID { modelOfDevice[task.device.number] }
  private func featureBytes(of task: TaskID) -> Int { configuration.featureBytes[model(of: task).number] }

  private mutating func askForAllocation(of frame: FrameID, at now: Instant, _ effects: inout Effects<Self>) {
    let next = FrameID(frame.number + 1)
    if grid.start(of: next) < configuration.end { effects.fire(.allocation(next), at: grid.allocation(of: next)) }
    let present = isPresent.indices.filter { isPresent[$0] }
    var state = frameState(of: frame, tasks: waiting.values.sorted { $0.id < $1.id }, workers: present)
    for (place, index) in present.enumerated() {
      state.workers[place].instancesFreeAt = schedules[index].map { schedule in
        max(0, (schedule.freeAt(now) - grid.start(of: frame)).inSeconds)
      }
    }
    memory.closeFrame(into: &state, workers: present)
    pending = state
    guard !present.isEmpty else { return waitForWorkers(in: state, &effects) }
    effects.send(.allocate(state))
    effects.fire(.fallback(frame), at: grid.start(of: frame) - configuration.timing.lead / 2)
  }

  /// With idle workers; `indices` are their places in the configuration.
  private func frameState(
    of frame: FrameID, tasks: [InferenceTask], workers indices: some Collection<Int>
  ) -> FrameState {
    let edge = grid.start(of: frame)
    let workers = indices.count == idleWorkers.count ? idleWorkers : indices.map { idleWorkers[$0] }
    let tasks = tasks.map { task in
      FrameTask(
        id: task.id, model: modelOfDevice[task.id.device.number], feature: task.feature,
        uplink: .spectralEfficiency(configuration.channel.spectralEfficiency(of: task.id.device, in: frame)),
        deadline: (task.deadline - edge - configuration.timing.resultMargin).inSeconds,
        requirement: .accuracy(task.requiredAccuracy), entry: task.entry, weight: weights[task.id.device.number],
        served: served[task.id.device.number])
    }
    return FrameState(
      frame: frame, bandwidth: configuration.bandwidth(at: edge), length: configuration.timing.length.inSeconds,
      guardTime: configuration.timing.guardTime.inSeconds, workers: workers, tasks: tasks)
  }

  /// An answer that is late, or breaks a promise, is not used: the fallback decides.
  private mutating func accept(
    _ allocation: FrameAllocation, of frame: FrameID, _ took: Duration, _ effects: inout Effects<Self>
  ) {
    guard let state = pending, state.frame == frame else {
      effects.record(
        .messageRejected(from: configuration.policyName, reason: "its answer for frame \(frame.number) came too late"))
      return
    }
    if let fault = FeasibilityCheck(allocation, of: state).violations.first {
      effects.record(
        .messageRejected(from: configuration.policyName, reason: "its answer for frame \(frame.number): \(fault)"))
      fallBack(in: frame, &effects)
      return
    }
    apply(allocation, to: state, took: took, fallback: false, &effects)
  }

  private mutating func fallBack(in frame: FrameID, _ effects: inout Effects<Self>) {
    guard let state = pending, state.frame == frame else { return }
    let allocation = configuration.fallback.allocate(state, budget: configuration.budget)
    apply(allocation, to: state, took: .zero, fallback: true, &effects)
  }

  private mutating func apply(
    _ allocation: FrameAllocation, to state: FrameState, took: Duration, fallback: Bool, _ effects: inout Effects<Self>
  ) {
    pending = nil
    let allocation = withoutLostWorkers(allocation)
    for batch in allocation.batches { announce(batch, in: state, &effects) }
    for open in allocation.open { announce(open, in: state, &effects) }
    let refused = allocation.refusals.filter { decide($0, in: state.frame, &effects) == .refused }.count
    effects.record(
      .frameAllocated(
        FrameSummary(
          frame: state.frame, policy: fallback ? configuration.fallbackName : configuration.policyName,
          offers: state.tasks.count, granted: allocation.scheduledCount,
          deferred: allocation.refusals.count - refused, refused: refused, bandwidth: state.bandwidth,
          bandwidthGranted: allocation.granted.map(\.bandwidth).reduce(.zero, +), solve: took,
          searchNodes: allocation.searchNodes, status: allocation.status, fallback: fallback)))
  }

  /// Without any worker there is nothing to ask a policy: everybody waits, or is refused where waiting is of no use.
  private mutating func waitForWorkers(in state: FrameState, _ effects: inout Effects<Self>) {
    let refusals = state.tasks.map { Refusal(task: $0.id, reason: .workerBusy) }
    let allocation = FrameAllocation(policy: configuration.policyName, status: .feasible, refusals: refusals)
    apply(allocation, to: state, took: .zero, fallback: false, &effects)
  }

  /// A worker that was lost while the policy thought of the frame gets nothing; its tasks wait.
  private func withoutLostWorkers(_ allocation: FrameAllocation) -> FrameAllocation {
    let isGone = { (worker: WorkerID) in self.index(of: worker).map { !self.isPresent[$0] } ?? true }
    guard
      allocation.batches.contains(where: { isGone($0.worker) })
        || allocation.open.contains(where: { isGone($0.worker) })
    else { return allocation }
    var kept = allocation
    kept.batches.removeAll { isGone($0.worker) }
    kept.open.removeAll { isGone($0.worker) }
    let granted = Set(kept.granted.map(\.task))
    kept.refusals += allocation.granted.map(\.task).filter { !granted.contains($0) }.map {
      Refusal(task: $0, reason: .workerBusy)
    }
    return kept
  }

  private mutating func announce(
    _ batch: BatchAllocation, in state: FrameState, _ effects: inout Effects<Self>
  ) {
    let edge = grid.start(of: state.frame)
    let id = BatchID(nextBatch)
    nextBatch += 1
    let plan = BatchPlan(
      id: id, frame: state.frame, worker: batch.worker, instance: batch.instance,
      model: batch.members.first.map { model(of: $0.task) } ?? 0, start: edge + .seconds(batch.start),
      members: batch.members.map { planMember($0, edge) })
    effects.record(.batchPlanned(plan))
    effects.send(.plan(plan, to: batch.worker))
    for member in batch.members { grant(member, in: state, batch: id, batch.worker, &effects) }
    book(plan, profileOf: batch.worker)
  }

  /// One batch number is reserved for each member: the worker numbers the batches that it forms by their first members.
  private mutating func announce(
    _ open: OpenAllocation, in state: FrameState, _ effects: inout Effects<Self>
  ) {
    let edge = grid.start(of: state.frame)
    let rule = BatchingRule(
      maxBatch: open.maxBatch, queueDelay: .seconds(open.queueDelay), timeout: open.timeout.map { .seconds($0) })
    let plan = OpenPlan(
      id: BatchID(nextBatch), frame: state.frame, worker: open.worker, rule: rule,
      members: open.members.map { OpenPlan.Member(planMember($0.grant, edge), priority: $0.priority) })
    nextBatch += open.members.count
    effects.record(.openPlanned(plan))
    effects.send(.open(plan, to: open.worker))
    let worker = index(of: open.worker)
    for (index, member) in open.members.enumerated() {
      grant(member.grant, in: state, batch: plan.reserved(index), open.worker, &effects)
      memory.granted(member.grant.task, worker: worker)
    }
    memory.limited(worker: worker, to: open.maxBatch)
  }
  private func index(of worker: WorkerID) -> Int? { configuration.workers.firstIndex { $0.id == worker } }

  private func planMember(_ member: BatchAllocation.Member, _ edge: Instant) -> BatchPlan.Member {
    BatchPlan.Member(
      task: member.task, entry: member.entry, exit: member.exit, rule: rules[member.task.device.number],
      featureBytes: featureBytes(of: member.task), uploadEnd: edge + .seconds(member.uploadEnd),
      completion: edge + .seconds(member.completion))
  }

  private mutating func grant(
    _ member: BatchAllocation.Member, in state: FrameState, batch: BatchID, _ worker: WorkerID,
    _ effects: inout Effects<Self>
  ) {
    let edge = grid.start(of: state.frame)
    let grant = UplinkGrant(
      task: member.task, frame: state.frame, batch: batch, worker: worker, bandwidth: member.bandwidth,
      rate: member.rate,
      uploadStart: edge + .seconds(member.uploadStart), uploadEnd: edge + .seconds(member.uploadEnd), exit: member.exit)
    effects.record(
      .taskGranted(
        grant, entry: member.entry, spectralEfficiency: state.spectralEfficiency(of: member.task),
        completion: edge + .seconds(member.completion)))
    effects.send(.downlink(.grant(grant)))
    waiting[member.task] = nil
  }

  /// The worker is taken until the plan's last block is done, on the latencies it was planned with.
  private mutating func book(_ plan: BatchPlan, profileOf worker: WorkerID) {
    guard let index = index(of: worker) else { return }
    let blocks = configuration.workers[index].profile(of: plan.model).blocks
    let busy = plan.entering.enumerated().reduce(0.0) { $0 + blocks[$1.offset].seconds($1.element) }
    schedules[index][plan.instance].book(plan.id, from: plan.start, busy: .seconds(busy))
  }

  private enum Decision { case refused, deferred }

  /// A task that no later frame could serve, even alone and with the whole cell, is refused now; others wait.
  private mutating func decide(
    _ refusal: Refusal, in frame: FrameID, _ effects: inout Effects<Self>
  ) -> Decision {
    if refusal.reason == .accuracy || !canBeServed(refusal.task, from: FrameID(frame.number + 1)) {
      waiting[refusal.task] = nil
      effects.record(.taskRefused(refusal.task, frame: frame, reason: refusal.reason))
      effects.send(.downlink(.refused(refusal.task, refusal.reason)))
      return .refused
    }
    effects.record(.taskDeferred(refusal.task, frame: frame, reason: refusal.reason))
    return .deferred
  }

  private func canBeServed(_ id: TaskID, from frame: FrameID) -> Bool {
    guard let task = waiting[id], grid.start(of: frame) < configuration.end else { return false }
    // Nobody knows the next frame's channel: a task waits as long as even the best one could serve it, so an empty
    // feature stands for the upload.
    // A worker that is gone may come back.
    var state = frameState(of: frame, tasks: [task], workers: configuration.workers.indices)
    state.tasks[0].feature = .zero
    return configuration.fallback.schedules(onlyTaskOf: state, budget: configuration.budget)
  }

  private mutating func mark(_ frame: FrameID, edge: Instant, at now: Instant, _ effects: inout Effects<Self>) {
    effects.record(.frameStarted(frame, edge: edge))
    if configuration.bandwidth(at: edge) != bandwidth {
      bandwidth = configuration.bandwidth(at: edge)
      effects.record(.faultNoticed(kind: "bandwidth"))
    }
    var progress = progress
    progress.elapsed = now
    effects.send(.progress(progress))
    let next = FrameID(frame.number + 1)
    if grid.start(of: next) < configuration.end { effects.fire(.edge(next), at: grid.start(of: next)) }
  }

  // MARK: What workers and devices say

  /// What a lost worker was planned to do is forgotten, and what a lost device offered; neither is told.
  private mutating func take(_ change: PeerChange, _ effects: inout Effects<Self>) {
    switch change {
    case .workerLost(let worker), .workerReturned(let worker):
      guard let index = index(of: worker) else { return }
      if case .workerReturned = change { isPresent[index] = true } else { isPresent[index] = false }
      schedules[index] = configuration.workers[index].emptySchedules
      memory.forget(worker: index)
    case .devicesLost(let devices):
      let gone = Set(devices)
      for task in waiting.keys.filter({ gone.contains($0.device) }).sorted() {
        waiting[task] = nil
        effects.record(.taskDropped(task, batch: nil, reason: "its device is lost"))
      }
      memory.forget(gone)
    case .devicesReturned: break  // their offers are taken as they come
    }
  }

  private mutating func take(_ report: BatchReport, at now: Instant, _ effects: inout Effects<Self>) {
    let index = index(of: report.worker)
    // A worker that was started anew with fewer instances has been turned away.
    let wasPlanned =
      index.map { index in
        schedules[index].indices.contains(report.instance)
          && schedules[index][report.instance].reported(report.batch, at: now)
      } ?? false
    if !wasPlanned { memory.reported(report, worker: index) }
    if report.size > 0 {
      progress.batches += 1
      progress.batched += report.size
    }
    effects.record(.batchReported(report.batch, worker: report.worker, ended: report.ended))
  }

  private mutating func count(_ outcome: Outcome, of task: TaskID) {
    progress.settled += 1
    if outcome == .completed {
      progress.completed += 1
      if served.indices.contains(task.device.number) { served[task.device.number] += 1 }
    }
    // A task that ended at its device before it was granted has nothing to wait for.
    waiting[task] = nil
    memory.ended(task)
  }
}
