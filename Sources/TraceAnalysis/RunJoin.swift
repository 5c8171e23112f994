import EdgeModel
import TraceLog

/// Walks through all traces once and puts together what they say of each task, batch and frame.
struct RunJoin {
  private(set) var journeys: [TaskJourney] = []
  private(set) var batches: [BatchJourney] = []
  private(set) var frames: [FrameJourney] = []
  private(set) var workers: [WorkerTrace] = []
  /// In the trace's order.
  private(set) var openPlans: [Placed<OpenPlan>] = []

  private var journeyIndex: [TaskID: Int] = [:]
  private var batchIndex: [BatchID: Int] = [:]
  private var frameIndex: [FrameID: Int] = [:]
  /// Worker index of each trace that is one.
  private var workerOfTrace: [Int: Int] = [:]

  init(description: RunDescription, traces: [NodeTrace]) {
    for (index, trace) in traces.enumerated() {
      for stamped in trace.records {
        take(stamped, at: RecordPlace(trace: index, sequence: stamped.sequence))
      }
    }
    addBatchTimes()
    conclude(Conclusion(description: description, traces: traces))
    sort()
  }

  private mutating func take(_ stamped: StampedRecord, at place: RecordPlace) {
    func placed<Value>(_ value: Value) -> Placed<Value> { Placed(value: value, instant: stamped.instant, place: place) }
    switch stamped.record {
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
    case .batchPlanned(let plan): with(plan.id) { $0.plan = placed(plan) }
    case .openPlanned(let plan): openPlans.append(placed(plan))
    case .batchFormed(let plan, let rule):
      with(plan.id) { batch in
        batch.plan = placed(plan)
        batch.rule = rule
      }
      for member in plan.members { with(member.task) { $0.formedBatch = plan.id } }
    case .workerReady(let capability):
      workerOfTrace[place.trace] = workers.count
      workers.append(WorkerTrace(trace: place.trace, capability: capability))
    case .featureReceived(let task, let batch, let bytes, _):
      with(task) { $0.receipt = placed(TaskJourney.Receipt(batch: batch, bytes: bytes)) }
    case .taskDropped(let task, _, let reason): with(task) { $0.drop = placed(reason) }
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
      with(batch) { $0.exits.append(index) }
    case .batchEnded(let batch, let instance): with(batch) { $0.end = placed(instance) }
    case .traceOpened, .runStarted, .clockProbe, .peerLost, .peerReturned, .messageRejected, .faultNoticed, .stopped,
      .loopStatistics,
      .traceClosed, .grantReceived, .batchReported, .planReceived, .openPlanReceived:
      break
    }
  }

  private mutating func addBatchTimes() {
    for index in journeys.indices {
      let journey = journeys[index]
      guard let batch = journey.batch.flatMap({ batchIndex[$0] }).map({ batches[$0] }) else { continue }
      journeys[index].batchPlannedStart = batch.plannedStart
      let member = batch.plan?.value.members.first { $0.task == journey.id }
      if case .confidence = member?.rule { journeys[index].hasAssignedExit = false }
      let isIn = batch.start.map { !$0.value.missing.contains(journey.id) } ?? false
      if isIn && journey.receipt != nil { journeys[index].batchStart = batch.start?.instant }
    }
  }

  private mutating func conclude(_ conclusion: Conclusion) {
    for index in journeys.indices { conclusion.conclude(&journeys[index]) }
  }

  private mutating func sort() {
    let order = journeys.indices.sorted { journeys[$0].id < journeys[$1].id }
    var newIndex = [Int](repeating: 0, count: order.count)
    for (new, old) in order.enumerated() { newIndex[old] = new }
    journeys = order.map { journeys[$0] }
    for index in batches.indices { batches[index].exits = batches[index].exits.map { newIndex[$0] } }
    batches.sort { $0.id < $1.id }
    frames.sort { $0.frame < $1.frame }
  }

  @discardableResult
  private mutating func with(_ task: TaskID, _ change: (inout TaskJourney) -> Void) -> Int {
    let index = Self.index(of: task, in: &journeyIndex, count: journeys.count)
    if index == journeys.count { journeys.append(TaskJourney(task)) }
    change(&journeys[index])
    return index
  }
  private mutating func with(_ batch: BatchID, _ change: (inout BatchJourney) -> Void) {
    let index = Self.index(of: batch, in: &batchIndex, count: batches.count)
    if index == batches.count { batches.append(BatchJourney(batch)) }
    change(&batches[index])
  }
  private mutating func with(_ frame: FrameID, _ change: (inout FrameJourney) -> Void) {
    let index = Self.index(of: frame, in: &frameIndex, count: frames.count)
    if index == frames.count { frames.append(FrameJourney(frame)) }
    change(&frames[index])
  }
  private static func index<Key>(of key: Key, in indices: inout [Key: Int], count: Int) -> Int {
    if let index = indices[key] { return index }
    indices[key] = count
    return count
  }
}

extension TaskJourney {
  fileprivate mutating func wasDecided(in frame: FrameID) {
    if offeredFrame.map({ frame < $0 }) ?? true { offeredFrame = frame }
  }
}

/// Gives every task its group, and an outcome to those whose device could not.
private struct Conclusion {
  private let description: RunDescription
  private let traces: [NodeTrace]
  /// Which node carries a device: the description's word, or the trace that offered its tasks.
  private let nodes: [DeviceID: String]

  init(description: RunDescription, traces: [NodeTrace]) {
    self.description = description
    self.traces = traces
    var nodes: [DeviceID: String] = [:]
    for node in description.nodes { for device in node.devices { nodes[device] = node.name } }
    self.nodes = nodes
  }

  /// What was planned to happen to the worker that owes this task an answer.
  private func fate(of journey: TaskJourney) -> String? {
    guard journey.outcome == .lost, let grant = journey.grant, let end = journey.ending?.instant,
      let worker = description.name(of: grant.value.grant.worker)
    else { return nil }
    return description.fate(of: worker, from: grant.instant, to: end)
  }

  func conclude(_ journey: inout TaskJourney) {
    journey.group = journey.offer?.value.group ?? description.group(of: journey.id.device)?.name ?? ""
    if let ending = journey.ending?.value {
      (journey.outcome, journey.cause) = (ending.outcome, ending.cause)
      if let fate = fate(of: journey) { journey.cause += ", \(fate)" }
      return
    }
    journey.outcome = .lost
    let trace = journey.offer.map { traces[$0.place.trace] }
    let node = trace?.node ?? nodes[journey.id.device] ?? "device \(journey.id.device.number)"
    let isDead = trace.map { !$0.isOrderly } ?? traces.contains { $0.node == node && !$0.isOrderly }
    if isDead { journey.cause = "\(node) died" } else { journey.cause = description.interruption ?? "no end recorded" }
  }
}
