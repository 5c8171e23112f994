public import EdgeModel

// Each link has a small enumeration of its own, so that an unexpected message does not compile.

/// Device → base station.
public enum DeviceUplink: Hashable, Sendable {
  /// A task's feature is ready and asks for an uplink.
  case offer(InferenceTask)
  /// A task has ended at the device; keeps the base station's count of what was served.
  case settled(TaskID, Outcome)
}

/// Base station → device.
public enum DeviceDownlink: Hashable, Sendable {
  case grant(UplinkGrant)
  case refused(TaskID, RefusalReason)
  /// The device this is for.
  public var device: DeviceID {
    switch self {
    case .grant(let grant): grant.task.device
    case .refused(let task, _): task.device
    }
  }
}

/// Device → worker.
public struct FeatureChunk: Sendable {
  public var task: TaskID
  /// The batch it was granted for.
  public var batch: BatchID
  /// Which held-out image it was computed from.
  public var sample: Int
  /// Byte offset of this chunk in the feature, and the feature's size.
  public var offset: Int
  public var total: Int
  public var payload: FeaturePayload
  public init(task: TaskID, batch: BatchID, sample: Int, offset: Int, total: Int, payload: FeaturePayload) {
    self.task = task
    self.batch = batch
    self.sample = sample
    self.offset = offset
    self.total = total
    self.payload = payload
  }
}

/// Worker → device.
public enum TaskResult: Hashable, Sendable {
  case answer(TaskAnswer, batch: BatchID)
  /// The worker drops the task: `expired` (not in time for its batch) or `lost` (the engine failed).
  case dropped(TaskID, Outcome, reason: String)
  public var task: TaskID {
    switch self {
    case .answer(let answer, _): answer.task
    case .dropped(let task, _, _): task
    }
  }
}

/// Base station → worker.
public enum WorkerDownlink: Hashable, Sendable {
  case plan(BatchPlan)
  case open(OpenPlan)
}

/// Worker → base station.
public enum WorkerUplink: Hashable, Sendable {
  case report(BatchReport)
}

/// A worker is done with a batch, whether it ran, failed or found nobody in.
public struct BatchReport: Hashable, Sendable {
  public var batch: BatchID
  public var worker: WorkerID
  public var instance: Int
  /// When it started and when the instance was free again, on the worker's run clock.
  public var started: Instant
  public var ended: Instant
  /// Members that were in when it started.
  public var size: Int
  /// Those that got an answer.
  public var answered: [TaskID]
  /// Members whose answer left later than the plan's `completion`, or never.
  public var late: Int
  public init(
    batch: BatchID, worker: WorkerID, instance: Int, started: Instant, ended: Instant, size: Int, answered: [TaskID],
    late: Int = 0
  ) {
    self.batch = batch
    self.worker = worker
    self.instance = instance
    self.started = started
    self.ended = ended
    self.size = size
    self.answered = answered
    self.late = late
  }
}

/// What the base station's port notices of its peers, where faults are planned.
public enum PeerChange: Hashable, Sendable {
  /// Silent, or said goodbye.
  case workerLost(WorkerID)
  /// Heard again, or started again: it knows of no plan made before.
  case workerReturned(WorkerID)
  case devicesLost([DeviceID])
  case devicesReturned([DeviceID])
}
