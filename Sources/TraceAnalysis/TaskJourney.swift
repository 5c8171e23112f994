public import EdgeModel
public import TraceLog

/// Everything that any node wrote of one task, joined; times on the base station's run clock.
public struct TaskJourney: Hashable, Sendable {
  public struct Offer: Hashable, Sendable {
    public var task: InferenceTask
    public var group: String
    public var sample: Int
    public var label: Int
    public var stem: Duration
  }
  public struct Grant: Hashable, Sendable {
    public var grant: UplinkGrant
    public var entry: Int
    public var completion: Instant
  }
  public struct Upload: Hashable, Sendable {
    public var planned: Instant
    public var bytes: Int
    public var chunkBytes: Int
    public var sent: [Instant]
  }
  public struct Receipt: Hashable, Sendable {
    public var batch: BatchID?
    public var bytes: Int
  }
  public struct Exit: Hashable, Sendable {
    public var answer: TaskAnswer
    public var batch: BatchID
    public var plannedExit: Int
  }

  public var id: TaskID
  /// Empty where no trace and no description says it.
  public var group = ""
  /// The device's offer; nil where its last records were lost with it.
  public var offer: Placed<Offer>?
  /// The first frame in which the base station decided on it.
  public var offeredFrame: FrameID?
  public var grant: Placed<Grant>?
  public var refusal: Placed<RefusalReason>?
  public var uploadStart: Placed<Instant>?
  public var upload: Placed<Upload>?
  /// The last byte at the worker.
  public var receipt: Placed<Receipt>?
  public var drop: Placed<String>?
  /// The answer as the worker gave it.
  public var exit: Placed<Exit>?
  /// The end as the device saw it.
  public var ending: Placed<TaskEnding>?
  /// The batch that its worker formed with it, where one did.
  public var formedBatch: BatchID?
  /// Batches that workers formed with it before that one: there must be none.
  var earlierBatches: [BatchID] = []
  /// The worker that an open plan gave it to.
  var openWorker: WorkerID?
  public var batchPlannedStart: Instant?
  /// It left where its plan said; false where it might leave earlier, being sure enough.
  public var hasAssignedExit = true
  public var batchStart: Instant?
  /// Exactly one, also where the device was killed: `lost`, with a cause.
  public var outcome = Outcome.lost
  public var cause = ""
  /// Records that say again what may be said only once: a second offer, end, or exit.
  public var repeats: [RecordPlace] = []

  init(_ id: TaskID) { self.id = id }

  /// The batch that it was in at the worker; before that, the one it was granted for, or the number that its open plan
  /// reserved for it.
  public var batch: BatchID? {
    exit?.value.batch ?? formedBatch ?? receipt?.value.batch ?? grant?.value.grant.batch
  }
  /// The answer: the device's, or the worker's where the device has none.
  public var answer: TaskAnswer? { ending?.value.answer ?? exit?.value.answer }
  /// When the result was at the device; nil without one.
  public var result: Instant? { ending?.value.answer == nil ? nil : ending?.instant }
  /// From generation to the result at the device.
  public var latency: Duration? {
    guard let result, let offer else { return nil }
    return result - offer.value.task.generated
  }
  /// The answer was at the device, in time or not.
  public var isAnswered: Bool { outcome == .completed || outcome == .late }
  /// |last byte at the worker − planned|.
  public var uploadError: Duration? {
    guard let receipt, let grant else { return nil }
    let error = receipt.instant - grant.value.grant.uploadEnd
    return error < .zero ? .zero - error : error
  }
}
