public import EdgeModel
import TraceLog

/// The edge worker: takes features in, starts each batch at its instant with the members that are in, passes answers on
/// as soon as it hears of them, and reports when the engine is free again. Tasks of open plans it batches itself.
///
/// Blocks run one after the other on an engine instance's own thread (`BatchEvent`s come back), so that no message
/// between loop and engine stands between two blocks.
public struct EdgeWorker: Node {
  public enum Inbound: Sendable {
    case downlink(WorkerDownlink)
    case chunk(FeatureChunk)
    case engine(BatchEvent)
  }
  public enum Outbound: Sendable {
    case uplink(WorkerUplink)
    case result(TaskResult)
    /// Run this batch on its instance now.
    case run(BatchJob)
  }
  public enum Timer: Hashable, Sendable {
    case batchStarts(BatchID)
    /// The queue's oldest feature has waited its delay.
    case queueIsDue
  }

  let configuration: WorkerConfiguration
  /// Plans not started, and those that wait for their instance, in the order of their starts.
  private var planned: [BatchID: BatchPlan] = [:]
  private var due: [BatchID] = []
  /// The last plan taken; plans come in the order of their numbers, which the base station gives them.
  private var newest = BatchID(-1)
  private var running: [Int: RunningBatch] = [:]
  /// Handed to the one instance while it is at another: it goes on with them by itself, in this order.
  private var following: [RunningBatch] = []
  /// What the engine took last.
  private var last: (model: ModelID, rows: Int, took: Duration)?
  /// Members of open plans whose features are not in, and those that wait for a batch.
  private var awaited: [TaskID: OpenQueue.Entry] = [:]
  private var queue = OpenQueue()
  /// The last timer set for the queue.
  private var queueTimer: Instant?
  private var features: [TaskID: IncomingFeature] = [:]
  /// Features of tasks dropped not long ago, oldest first: what is still on its way is timed, and not kept.
  private var late: [TaskID: IncomingFeature] = [:]
  private var expired: [TaskID] = []
  /// The engine's speed that the last batch ran at.
  private var speed = 1.0
  private static let rememberedExpired = 1024

  public init(_ configuration: WorkerConfiguration) { self.configuration = configuration }

  public mutating func handle(_ event: Event<Self>, at now: Instant, _ effects: inout Effects<Self>) {
    switch event {
    case .started: effects.record(.workerReady(configuration.capability))
    case .received(.downlink(.plan(let plan))): take(plan, &effects)
    case .received(.downlink(.open(let plan))): take(plan, at: now, &effects)
    case .received(.chunk(let chunk)): take(chunk, at: now, &effects)
    case .fired(.batchStarts(let batch), _):
      due.append(batch)
      startWhatIsDue(at: now, &effects)
    case .fired(.queueIsDue, _):
      queueTimer = nil
      startWhatIsDue(at: now, &effects)
    case .received(.engine(.blockRan(let run, let answers))): passOn(answers, of: run, at: now, &effects)
    case .received(.engine(.modelLoaded(let load, _))): effects.record(.modelLoaded(load))
    case .received(.engine(.ended(let batch, let instance))):
      free(instance, of: batch, since: running[instance]?.lastBlock?.end ?? now, at: now, &effects)
    case .received(.engine(.failed(let batch, let instance, let reason))):
      drop(batch, on: instance, reason, &effects)
      free(instance, of: batch, since: now, at: now, &effects)
    case .stopped: break  // devices conclude their own tasks; nothing here outlives the run
    }
  }

  // MARK: A batch's way, in order

  private mutating func take(_ plan: BatchPlan, _ effects: inout Effects<Self>) {
    if let fault = configuration.fault(in: plan) ?? (plan.id > newest ? nil : "a plan twice") {
      effects.record(.messageRejected(from: "base-station", reason: "batch \(plan.id.number): \(fault)"))
      return
    }
    newest = plan.id
    planned[plan.id] = plan
    for member in plan.members where features[member.task] == nil {
      features[member.task] = IncomingFeature(batch: plan.id, planned: member.uploadEnd, total: member.featureBytes)
    }
    effects.record(.planReceived(plan.id, planned: plan.start))
    effects.fire(.batchStarts(plan.id), at: plan.start)
  }

  /// Its members join the queue when their features are in; its rule holds for all who wait, from now on.
  private mutating func take(_ plan: OpenPlan, at now: Instant, _ effects: inout Effects<Self>) {
    forgetWhoNeverCame(at: now)
    let room = WorkerConfiguration.mostAwaited - awaited.count - queue.count
    if let fault = configuration.fault(in: plan, room: room) ?? (plan.id > newest ? nil : "a plan twice") {
      effects.record(.messageRejected(from: "base-station", reason: "open plan \(plan.id.number): \(fault)"))
      return
    }
    if !plan.members.isEmpty { newest = plan.reserved(plan.members.count - 1) }
    queue.follow(plan.rule)
    for (index, member) in plan.members.enumerated() where features[member.member.task] == nil {
      let task = member.member.task
      awaited[task] = OpenQueue.Entry(member: member, batch: plan.reserved(index), frame: plan.frame, arrived: now)
      features[task] = IncomingFeature(
        batch: plan.reserved(index), planned: member.member.uploadEnd, total: member.member.featureBytes)
    }
    effects.record(.openPlanReceived(plan.id, members: plan.members.count))
    startWhatIsDue(at: now, &effects)
  }

  /// Their devices have given them up by themselves.
  private mutating func forgetWhoNeverCame(at now: Instant) {
    let gone = awaited.filter { $0.value.member.member.completion + Device.patience < now }.keys
    for task in gone {
      awaited[task] = nil
      features[task] = nil
    }
  }

  /// A chunk counts only for a task that a plan expects, in order, and of the planned size; anything else is recorded
  /// and dropped as if it had never come. A task whose right bytes are not in when its batch starts is missing there.
  private mutating func take(_ chunk: FeatureChunk, at now: Instant, _ effects: inout Effects<Self>) {
    guard let place = features.index(forKey: chunk.task) else {
      if late[chunk.task] != nil { return takeLate(chunk, &effects) }
      reject(chunk, "no plan waits for it", &effects)
      return
    }
    // In place: this is done for each chunk of each feature.
    if let fault = features.values[place].add(chunk) {
      reject(chunk, fault, &effects)
      return
    }
    let feature = features.values[place]
    if feature.isComplete {
      effects.record(
        .featureReceived(chunk.task, batch: feature.batch, bytes: feature.total, planned: feature.planned))
      guard var entry = awaited.removeValue(forKey: chunk.task) else { return }
      entry.arrived = now
      queue.add(entry)
      startWhatIsDue(at: now, &effects)
    }
  }

  /// The rest of a feature whose batch has started without it: how late it came belongs into the trace, or the run's
  /// upload errors would be those of the punctual ones alone.
  private mutating func takeLate(_ chunk: FeatureChunk, _ effects: inout Effects<Self>) {
    guard var feature = late[chunk.task] else { return }
    if let fault = feature.add(chunk) { return reject(chunk, fault, &effects) }
    late[chunk.task] = feature.isComplete ? nil : feature
    guard feature.isComplete else { return }
    effects.record(.featureReceived(chunk.task, batch: feature.batch, bytes: feature.total, planned: feature.planned))
  }

  private mutating func expect(_ feature: IncomingFeature?, of task: TaskID) {
    guard let feature else { return }
    late[task] = feature.withoutBytes
    expired.append(task)
    if expired.count > Self.rememberedExpired { late[expired.removeFirst()] = nil }
  }

  private mutating func startWhatIsDue(at now: Instant, _ effects: inout Effects<Self>) {
    var isHeld: Set<Int> = []
    for id in due {
      guard let plan = planned[id], !isHeld.contains(plan.instance), hasRoom(for: plan) else {
        if let plan = planned[id] { isHeld.insert(plan.instance) }
        continue
      }
      planned[id] = nil
      start(plan, at: now, &effects)
    }
    due.removeAll { planned[$0] == nil }
    formBatches(at: now, &effects)
  }

  /// Whether its instance is free, or can be handed it ahead: nothing that may still come would change it.
  private func hasRoom(for plan: BatchPlan) -> Bool {
    if running[plan.instance] == nil { return true }
    return mayLieAhead(rows: plan.members.count, of: plan.model)
      && plan.members.allSatisfy { features[$0.task]?.isComplete == true }
  }

  /// Whether a batch of so many rows may be handed to an instance that is at another.
  private func mayLieAhead(rows: Int, of model: ModelID) -> Bool {
    guard configuration.mostAhead > 0, !following.isEmpty else { return configuration.mostAhead > 0 }
    guard following.count == 1, let last, last.model == model else { return false }
    return configuration.isShort(last.took * max(rows, last.rows) / last.rows)
  }

  /// Batches of the queue on the instances that planned batches leave free.
  private mutating func formBatches(at now: Instant, _ effects: inout Effects<Self>) {
    // Asked at each arrival: nobody looks for a batch while no instance could take one.
    let rows = queue.rule?.maxBatch ?? 1
    func canHandAhead() -> Bool { due.isEmpty && mayLieAhead(rows: rows, of: 0) }
    guard canHandAhead() || running.count < configuration.capability.instances else { return }
    for entry in queue.removeTimedOut(at: now) {
      features[entry.member.member.task] = nil
      drop(entry.member.member.task, .expired, batch: entry.batch, "waited longer than the queue timeout", &effects)
    }
    for instance in 0..<configuration.capability.instances where running[instance] == nil {
      guard form(queue.takeBatch(at: now), on: instance, at: now, &effects) else { break }
    }
    while running[0] != nil, canHandAhead() {
      guard form(queue.takeFixedBatch(), on: 0, at: now, &effects) else { break }
    }
    guard let due = queue.due, due > now, due != queueTimer else { return }
    queueTimer = due
    effects.fire(.queueIsDue, at: due)
  }

  /// False where there are none.
  private mutating func form(
    _ entries: [OpenQueue.Entry], on instance: Int, at now: Instant, _ effects: inout Effects<Self>
  ) -> Bool {
    guard let first = entries.first, let rule = queue.rule else { return false }
    let plan = BatchPlan(
      id: first.batch, frame: first.frame, worker: configuration.capability.worker, instance: instance, start: now,
      members: entries.map(\.member.member))
    effects.record(.batchFormed(plan, rule: rule))
    start(plan, at: now, &effects)
    return true
  }

  private mutating func start(_ plan: BatchPlan, at now: Instant, _ effects: inout Effects<Self>) {
    let incoming = plan.members.map { (task: $0.task, feature: features.removeValue(forKey: $0.task)) }
    let late = incoming.filter { $0.feature?.isComplete != true }
    let missing = late.map(\.task)
    let present = missing.isEmpty ? plan : plan.keeping { !missing.contains($0.task) }
    effects.record(
      .batchStarted(
        plan.id, frame: plan.frame, instance: plan.instance, planned: plan.start, size: present.members.count,
        missing: missing))
    for (task, feature) in late { expect(feature, of: task) }
    for task in missing { drop(task, .expired, batch: plan.id, "not in when its batch started", &effects) }
    guard !present.members.isEmpty else {
      report(RunningBatch(plan: present, missing: missing.count, started: now), at: now, &effects)
      return
    }
    let rows = incoming.compactMap { task, feature in
      feature.flatMap { $0.isComplete ? BatchJob.Row(task: task, sample: $0.sample, feature: $0.bytes) : nil }
    }
    let isAhead = running[plan.instance] != nil
    let batch = RunningBatch(plan: present, missing: missing.count, started: now, isAhead: isAhead)
    if isAhead { following.append(batch) } else { running[plan.instance] = batch }
    effects.send(
      .run(BatchJob(plan: present, rows: rows, concurrency: running.count, speed: speed(at: now, &effects))))
  }

  private mutating func speed(at now: Instant, _ effects: inout Effects<Self>) -> Double {
    let factor = configuration.speed.factor(at: now)
    if factor != speed { effects.record(.faultNoticed(kind: "engine")) }
    speed = factor
    return factor
  }

  private mutating func passOn(
    _ answers: [TaskAnswer], of run: BlockRun, at now: Instant, _ effects: inout Effects<Self>
  ) {
    effects.record(.blockRan(run))
    guard var batch = running[run.instance] else { return }
    batch.ran(run)
    for answer in answers {
      effects.record(.taskExited(answer, batch: run.batch, plannedExit: batch.plannedExit(of: answer.task)))
      effects.send(.result(.answer(answer, batch: run.batch)))
      batch.answer(answer.task, at: now)
    }
    running[run.instance] = batch
  }

  /// The engine was through with it at `end`, which the loop may hear of later.
  private mutating func free(
    _ instance: Int, of batch: BatchID, since end: Instant, at now: Instant, _ effects: inout Effects<Self>
  ) {
    guard let ended = running[instance], ended.plan.id == batch else { return }
    effects.record(.batchEnded(batch, instance: instance))
    report(ended, at: end, &effects)
    if let took = ended.took { last = (ended.plan.model, ended.plan.members.count, took) }
    running[instance] = following.isEmpty ? nil : following.removeFirst()
    startWhatIsDue(at: now, &effects)
  }

  // MARK: What can go wrong

  /// The engine failed: who has no answer yet gets none.
  private func drop(_ id: BatchID, on instance: Int, _ reason: String, _ effects: inout Effects<Self>) {
    guard let batch = running[instance], batch.plan.id == id else { return }
    for member in batch.plan.members where !batch.answered.contains(member.task) {
      drop(member.task, .lost, batch: batch.plan.id, "engine: \(reason)", &effects)
    }
  }

  private func drop(
    _ task: TaskID, _ outcome: Outcome, batch: BatchID, _ reason: String, _ effects: inout Effects<Self>
  ) {
    effects.record(.taskDropped(task, batch: batch, reason: reason))
    effects.send(.result(.dropped(task, outcome, reason: reason)))
  }

  private func reject(_ chunk: FeatureChunk, _ reason: String, _ effects: inout Effects<Self>) {
    effects.record(
      .messageRejected(
        from: "device \(chunk.task.device.number)",
        reason: "chunk at \(chunk.offset) of task \(chunk.task.number): \(reason)"))
  }

  private func report(_ batch: RunningBatch, at now: Instant, _ effects: inout Effects<Self>) {
    let report = BatchReport(
      batch: batch.plan.id, worker: configuration.capability.worker, instance: batch.plan.instance,
      started: batch.began, ended: now, size: batch.plan.members.count, answered: batch.answered, late: batch.late)
    effects.send(.uplink(.report(report)))
  }
}
