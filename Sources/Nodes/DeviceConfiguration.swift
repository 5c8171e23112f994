public import EdgeModel
public import Units

/// What one device is.
public struct DeviceConfiguration: Sendable {
  public var id: DeviceID
  /// Its group's name.
  public var group: String
  public var seed: UInt64
  public var requiredAccuracy: Double
  public var deadline: Duration
  public var arrivals: ArrivalProcess
  /// What answers its tasks.
  public var model: ModelID
  /// Size of every feature; positive.
  public var featureBytes: Int
  /// The truth for each held-out image; at least one.
  public var labels: [UInt8]
  public var transmitPower: Watts
  public var computePower: Watts
  /// Airtime of one chunk of an upload.
  public var quantum: Duration
  /// It was started before in this run: what arrived until it starts is skipped, but keeps its number and its image.
  public var resumes: Bool

  /// Device `id` of `group`; `replayed` are its arrivals where the group replays a file.
  public init(
    id: DeviceID, group: DeviceGroup, seed: UInt64, duration: Duration, featureBytes: Int, labels: [UInt8],
    quantum: Duration, replayed: [Instant] = [], resumes: Bool = false
  ) {
    precondition(featureBytes > 0 && !labels.isEmpty, "a device needs a feature's size and held-out images")
    self.id = id
    self.group = group.name
    model = group.model
    self.seed = seed
    requiredAccuracy = group.requiredAccuracy
    deadline = group.deadline
    arrivals = ArrivalProcess(group.arrivals, device: id, seed: seed, end: .start + duration, replayed: replayed)
    self.featureBytes = featureBytes
    self.labels = labels
    transmitPower = group.transmitPower
    computePower = group.computePower
    self.quantum = quantum
    self.resumes = resumes
  }
}

/// A task that has not ended, as its device sees it.
struct OpenTask: Sendable {
  var task: InferenceTask
  var sample: Int
  var feature: FeatureBuffer?
  var isOffered = false
  /// There once it is granted.
  var pacer: UploadPacer?
  /// When each chunk left.
  var sent: [Instant] = []
  var energy = Joules.zero

  init(task: InferenceTask, sample: Int) {
    self.task = task
    self.sample = sample
  }
}
