import EdgeModel
import TraceLog

/// What records say of each task, batch and frame, put together as they come, in whatever order of traces.
struct JourneyTable: Sendable {
  var journeys = KeyedSlots<TaskID, TaskJourney>()
  var batches = KeyedSlots<BatchID, BatchJourney>()
  var frames = KeyedSlots<FrameID, FrameJourney>()
  private(set) var workers: [WorkerTrace] = []
  /// Worker index of each trace that is one.
  private var workerOfTrace: [Int: Int] = [:]
  /// The last task of each device that was retired.
  private var retired: [DeviceID: Int] = [:]
  /// Tasks that a record was about after they were retired; such records change nothing here.
  private(set) var strays: [TaskID] = []

  mutating func take(_ record: TraceRecord, at instant: Instant, place: RecordPlace) {
    func placed<Value>(_ value: Value) -> Placed<Value> { Placed(value: value, instant: instant, place: place) }
    switch record {
    case .taskOffered(let task, let group, let sample, let label, let stem):
      let offer = TaskJourney.Offer(task: task, group: group, sample: sample, label: label, stem: stem)
      with(task.id) { journey in
        if journey.offer == nil { journey.offer = placed(offer) } else { journey.repeats.append(place) }
      }
    case .uploadStarted(let task, let planned): with(task) { $0.uploadStart = placed(planned) }
    case .uploadEnded(let task, let planned, let bytes, let chunkBytes, let sent):
      let upload = TaskJourney.Upload(planned: planned, bytes: bytes, chunkBytes: chunkBytes, sent: sent)
      with(task) { $0.upload = placed(upload) }
    case .taskEnded(let task, let ending):
      with(task) { journey in
        if journey.ending == nil { journey.ending = placed(ending) } else { journey.repeats.append(place) }
      }
    case .frameStarted(let frame, let edge): with(frame) { $0.edge = placed(edge) }
    case .frameAllocated(let summary): with(summary.frame) { $0.summary = placed(summary) }
    case .taskGranted(let grant, let entry, _, let completion):
      with(grant.task) { journey in
        journey.wasDecided(in: grant.frame)
        journey.grant = placed(TaskJourney.Grant(grant: grant, entry: entry, completion: completion))
      }
    case .taskDeferred(let task, let frame, _): with(task) { $0.wasDecided(in: frame) }
    case .taskRefused(let task, let frame, let reason):
      with(task) { journey in
        journey.wasDecided(in: frame)
        journey.refusal = placed(reason)
      }
    case .openPlanned(let plan): for member in plan.members { with(member.member.task) { $0.openWorker = plan.worker } }
    case .featureReceived(let task, let batch, let bytes, _):
      with(task) { $0.receipt = placed(TaskJourney.Receipt(batch: batch, bytes: bytes)) }
    case .taskDropped(let task, _, let reason): with(task) { $0.drop = placed(reason) }
    case .workerReady(let capability):
      workerOfTrace[place.trace] = workers.count
      workers.append(WorkerTrace(trace: place.trace, capability: capability))
    case .batchPlanned, .batchFormed, .batchStarted, .blockRan, .taskExited, .batchEnded:
      takeBatch(record, at: instant, place: place)
    case .traceOpened, .runStarted, .clockProbe, .peerLost, .peerReturned, .messageRejected, .faultNoticed, .stopped,
      .loopStatistics, .traceClosed, .grantReceived, .batchReported, .planReceived, .openPlanReceived, .modelLoaded:
      break
    }
  }

  private mutating func takeBatch(_ record: TraceRecord, at instant: Instant, place: RecordPlace) {
    func placed<Value>(_ value: Value) -> Placed<Value> { Placed(value: value, instant: instant, place: place) }
    switch record {
    case .batchPlanned(let plan): with(plan.id) { $0.plan = placed(plan) }
    case .batchFormed(let plan, let rule):
      with(plan.id) { batch in
        batch.plan = placed(plan)
        batch.rule = rule
      }
      for member in plan.members { with(member.task) { $0.wasFormed(into: plan.id) } }
    case .batchStarted(let batch, let frame, let instance, let planned, let size, let missing):
      let start = BatchJourney.Start(frame: frame, instance: instance, planned: planned, size: size, missing: missing)
      let worker = workerOfTrace[place.trace]
      with(batch) { batch in
        batch.start = placed(start)
        batch.worker = worker
      }
    case .blockRan(let run): with(run.batch) { $0.blocks.append(placed(run)) }
    case .taskExited(let answer, let batch, let plannedExit):
      let index = with(answer.task) { journey in
        if journey.exit == nil {
          journey.exit = placed(TaskJourney.Exit(answer: answer, batch: batch, plannedExit: plannedExit))
        } else {
          journey.repeats.append(place)
        }
      }
      if let index { with(batch) { $0.exits.append(index) } }
    case .batchEnded(let batch, let instance): with(batch) { $0.end = placed(instance) }
    default: preconditionFailure("not a batch's record")
    }
  }

  /// nil where the task is retired: its device made all tasks up to that one.
  @discardableResult
  private mutating func with(_ task: TaskID, _ change: (inout TaskJourney) -> Void) -> Int? {
    var known = journeys.index(of: task)
    if known == nil {
      if let last = retired[task.device], task.number <= last {
        strays.append(task)
        return nil
      }
      known = journeys.add(TaskJourney(task), for: task)
    }
    if let known { change(&journeys[known]) }
    return known
  }
  private mutating func with(_ batch: BatchID, _ change: (inout BatchJourney) -> Void) {
    let index = batches.index(of: batch) ?? batches.add(BatchJourney(batch), for: batch)
    change(&batches[index])
  }
  private mutating func with(_ frame: FrameID, _ change: (inout FrameJourney) -> Void) {
    let index = frames.index(of: frame) ?? frames.add(FrameJourney(frame), for: frame)
    change(&frames[index])
  }

  /// Forgets a task of which no more is to come.
  mutating func retire(_ task: TaskID) {
    journeys.remove(task)
    retired[task.device] = max(task.number, retired[task.device] ?? task.number)
  }
  /// The strays since this was last asked.
  mutating func takeStrays() -> [TaskID] {
    defer { strays = [] }
    return strays
  }

  /// Tells the journeys of `batch` when it was planned and when it started, and whether their exit was assigned.
  mutating func tellMembers(of batch: BatchJourney) {
    for member in batch.plan?.value.members ?? [] {
      guard let index = journeys.index(of: member.task), journeys[index].batch == batch.id else { continue }
      journeys[index].wasIn(batch, as: member)
    }
  }
}

extension TaskJourney {
  fileprivate mutating func wasDecided(in frame: FrameID) {
    if offeredFrame.map({ frame < $0 }) ?? true { offeredFrame = frame }
  }
  fileprivate mutating func wasFormed(into batch: BatchID) {
    if let formedBatch { earlierBatches.append(formedBatch) }
    formedBatch = batch
  }

  /// What its batch tells of the task; `member` is its place in the batch's plan.
  mutating func wasIn(_ batch: BatchJourney, as member: BatchPlan.Member?) {
    batchPlannedStart = batch.plannedStart
    if case .confidence = member?.rule { hasAssignedExit = false }
    let isIn = batch.start.map { !$0.value.missing.contains(id) } ?? false
    // Handed ahead to an instance that is at another, it starts with its first block.
    if isIn && receipt != nil, let start = batch.start?.instant {
      batchStart = max(start, batch.blocks.first?.value.start ?? start)
    }
  }
}
