public import EdgeModel
import TraceLog
import Units

/// A mobile device: tasks arrive, their features are computed and offered, uploaded at the granted rate, and the results
/// judged.
public struct Device: Node {
  public enum Inbound: Sendable {
    case downlink(DeviceDownlink)
    case result(TaskResult)
    /// The stem is done with a task's feature; no buffer in simulation.
    case featureReady(TaskID, FeatureBuffer?, took: Duration)
  }
  public enum Outbound: Sendable {
    case uplink(DeviceUplink)
    case chunk(FeatureChunk, to: WorkerID)
    /// Compute the feature of held-out image `sample`.
    case computeFeature(TaskID, sample: Int)
  }
  public enum Timer: Hashable, Sendable {
    case arrival
    case uploadStarts(TaskID)
    case chunk(TaskID, Int)
    /// Nobody answered.
    case patienceEnds(TaskID)
  }
  /// How long after its deadline a task may still be answered before it counts as lost.
  public static let patience = Duration.seconds(1)

  let configuration: DeviceConfiguration
  private var arrivals: ArrivalProcess
  private var samples: RandomStream
  /// In the order of their numbers.
  private var open: [OpenTask] = []
  private var nextNumber = 0
  private var arrivalsAreOver = false

  public init(_ configuration: DeviceConfiguration) {
    self.configuration = configuration
    arrivals = configuration.arrivals
    samples = RandomStream(seed: configuration.seed, device: configuration.id, purpose: "samples")
  }

  public var id: DeviceID { configuration.id }

  public mutating func handle(_ event: Event<Device>, at now: Instant, _ effects: inout Effects<Device>) {
    switch event {
    case .started: awaitArrival(from: configuration.resumes ? now : nil, &effects)
    case .fired(.arrival, let planned): generate(at: planned, &effects)
    case .received(.featureReady(let task, let feature, let took)): offer(task, feature, took, &effects)
    case .received(.downlink(.grant(let grant))): accept(grant, &effects)
    case .received(.downlink(.refused(let task, let reason))):
      end(task, .refused, cause: reason.rawValue, &effects)
    case .fired(.uploadStarts(let task), let planned): startUpload(of: task, planned: planned, &effects)
    case .fired(.chunk(let task, let index), _): upload(task, from: index, at: now, &effects)
    case .received(.result(.answer(let answer, _))): judge(answer, at: now, &effects)
    case .received(.result(.dropped(let task, let outcome, let reason))):
      end(task, outcome, cause: reason, &effects)
    case .fired(.patienceEnds(let task), _):
      if let place = place(of: task) { end(task, .lost, cause: Self.cause(ofSilence: open[place]), &effects) }
    case .stopped(let cause): conclude(cause, &effects)
    }
    if arrivalsAreOver, open.isEmpty { effects.finish() }
  }

  // MARK: A task's way, in order

  /// What arrives before `start` is skipped: nobody was there.
  private mutating func awaitArrival(from start: Instant? = nil, _ effects: inout Effects<Device>) {
    while let next = arrivals.next() {
      guard let start, next < start else { return effects.fire(.arrival, at: next) }
      _ = drawTask()
    }
    arrivalsAreOver = true
  }

  /// The next task's number, and the held-out image that it shows.
  private mutating func drawTask() -> (number: Int, sample: Int) {
    defer { nextNumber += 1 }
    return (nextNumber, Int.random(in: 0..<configuration.labels.count, using: &samples))
  }

  private mutating func generate(at generated: Instant, _ effects: inout Effects<Device>) {
    let (number, sample) = drawTask()
    let task = InferenceTask(
      id: TaskID(device: id, number: number), generated: generated,
      deadline: generated + configuration.deadline, requiredAccuracy: configuration.requiredAccuracy,
      feature: .bytes(configuration.featureBytes))
    open.append(OpenTask(task: task, sample: sample))
    effects.send(.computeFeature(task.id, sample: sample))
    effects.fire(.patienceEnds(task.id), at: task.deadline + Self.patience)
    awaitArrival(&effects)
  }

  private mutating func offer(
    _ id: TaskID, _ feature: FeatureBuffer?, _ took: Duration, _ effects: inout Effects<Device>
  ) {
    guard let place = place(of: id), !open[place].isOffered else { return }
    open[place].feature = feature
    open[place].energy += configuration.computePower * took
    open[place].isOffered = true
    record(open[place], stem: took, &effects)
    effects.send(.uplink(.offer(open[place].task)))
  }

  private func record(_ state: OpenTask, stem: Duration, _ effects: inout Effects<Device>) {
    let label = Int(configuration.labels[state.sample])
    effects.record(.taskOffered(state.task, group: configuration.group, sample: state.sample, label: label, stem: stem))
  }

  private mutating func accept(_ grant: UplinkGrant, _ effects: inout Effects<Device>) {
    guard let place = place(of: grant.task), open[place].isOffered, open[place].pacer == nil,
      grant.uploadEnd >= grant.uploadStart
    else {
      effects.record(
        .messageRejected(from: "base-station", reason: "a grant for task \(grant.task.number), which waits for none"))
      return
    }
    open[place].pacer = UploadPacer(grant: grant, total: configuration.featureBytes, quantum: configuration.quantum)
    effects.record(.grantReceived(grant.task, frame: grant.frame))
    effects.fire(.uploadStarts(grant.task), at: grant.uploadStart)
  }

  private func startUpload(of id: TaskID, planned: Instant, _ effects: inout Effects<Device>) {
    guard let pacer = place(of: id).flatMap({ open[$0].pacer }) else { return }
    effects.record(.uploadStarted(id, planned: planned))
    effects.fire(.chunk(id, 0), at: pacer.due(0))
  }

  /// Sends every chunk that is due by now: a late timer does not make the upload late.
  private mutating func upload(_ id: TaskID, from first: Int, at now: Instant, _ effects: inout Effects<Device>) {
    guard let place = place(of: id), let pacer = open[place].pacer else { return }
    var index = first
    while index < pacer.chunkCount, pacer.due(index) <= now {
      let range = pacer.range(of: index)
      let payload = FeaturePayload(storage: open[place].feature, offset: range.lowerBound, count: range.count)
      let chunk = FeatureChunk(
        task: id, batch: pacer.grant.batch, sample: open[place].sample, offset: range.lowerBound, total: pacer.total,
        payload: payload)
      effects.send(.chunk(chunk, to: pacer.grant.worker))
      open[place].sent.append(now)
      index += 1
    }
    if index < pacer.chunkCount {
      effects.fire(.chunk(id, index), at: pacer.due(index))
    } else {
      open[place].energy += configuration.transmitPower * (pacer.grant.uploadEnd - pacer.grant.uploadStart)
      effects.record(
        .uploadEnded(
          id, planned: pacer.grant.uploadEnd, bytes: pacer.total, chunkBytes: pacer.chunkBytes, sent: open[place].sent))
    }
  }

  private mutating func judge(_ answer: TaskAnswer, at now: Instant, _ effects: inout Effects<Device>) {
    let isInTime = place(of: answer.task).map { now <= open[$0].task.deadline } ?? false
    end(answer.task, isInTime ? .completed : .late, answer: answer, &effects)
  }

  // MARK: Ends

  /// Who should have said something.
  private static func cause(ofSilence state: OpenTask) -> String {
    if let grant = state.pacer?.grant { return "no answer from worker \(grant.worker.number)" }
    return state.isOffered ? "no answer from the base station" : "its feature was not computed"
  }

  private mutating func end(
    _ id: TaskID, _ outcome: Outcome, cause: String = "", answer: TaskAnswer? = nil, _ effects: inout Effects<Device>
  ) {
    guard let place = place(of: id) else {
      effects.record(.messageRejected(from: "", reason: "an end for task \(id.number), which is not open"))
      return
    }
    let state = open.remove(at: place)
    // A task whose feature was not ready has not been recorded yet, and every task ever generated must be.
    if !state.isOffered { record(state, stem: .zero, &effects) }
    effects.record(
      .taskEnded(id, TaskEnding(outcome: outcome, cause: cause, answer: answer, energy: state.energy)))
    effects.send(.uplink(.settled(id, outcome)))
  }

  private mutating func conclude(_ cause: String, _ effects: inout Effects<Device>) {
    arrivalsAreOver = true
    for id in open.map(\.task.id) { end(id, .lost, cause: cause, &effects) }
  }

  /// Where `task` is in `open`; nil where it is not open. O(log open).
  private func place(of task: TaskID) -> Int? {
    var (low, high) = (0, open.count)
    while low < high {
      let middle = (low + high) / 2
      if open[middle].task.id < task { low = middle + 1 } else { high = middle }
    }
    return low < open.count && open[low].task.id == task ? low : nil
  }
}
