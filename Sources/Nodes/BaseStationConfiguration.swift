public import Allocation
public import EdgeModel
public import Units

/// What the base station is.
public struct BaseStationConfiguration: Sendable {
  public var timing: FrameTiming
  public var bandwidth: Hertz
  /// Planned steps of the bandwidth, in order: a frame whose edge lies at or behind `from` has `bandwidth`. The channel's
  /// SNR stays, since devices keep their power density.
  public var bandwidthSteps: [(from: Instant, bandwidth: Hertz)]
  public var channel: CellChannel
  /// Every group of the topology, in the order of their devices.
  public var groups: [DeviceGroup]
  /// Bytes of the feature that enters block 1 of each model.
  public var featureBytes: [Int]
  public var policyName: String
  public var fallbackName: String
  /// Decides a frame when the policy's answer is late or wrong.
  public var fallback: any AllocationPolicy
  public var budget: SearchBudget
  /// The first frame whose edge lies at or behind this is not allocated: every deadline has passed.
  public var end: Instant
  public var workers: [PlannedWorker]
  public init(
    timing: FrameTiming, bandwidth: Hertz, channel: CellChannel, groups: [DeviceGroup], featureBytes: [Int],
    policyName: String, fallbackName: String, fallback: any AllocationPolicy, budget: SearchBudget, end: Instant,
    workers: [PlannedWorker], bandwidthSteps: [(from: Instant, bandwidth: Hertz)] = []
  ) {
    self.timing = timing
    self.bandwidth = bandwidth
    self.bandwidthSteps = bandwidthSteps
    self.channel = channel
    self.groups = groups
    self.featureBytes = featureBytes
    self.policyName = policyName
    self.fallbackName = fallbackName
    self.fallback = fallback
    self.budget = budget
    self.end = end
    self.workers = workers
  }
  /// The cell's bandwidth in the frame that begins at `edge`; O(steps).
  func bandwidth(at edge: Instant) -> Hertz { bandwidthSteps.last { $0.from <= edge }?.bandwidth ?? bandwidth }
  public var deviceCount: Int { groups.reduce(0) { $0 + $1.count } }
}

/// A worker as the base station plans with it.
public struct PlannedWorker: Hashable, Sendable {
  public var id: WorkerID
  public var name: String
  /// Engine instances that run batches at the same time; at least 1.
  public var instances: Int
  public var maxBatch: Int
  /// p99 envelope of block plus head per batch size with all instances at work, and each exit's accuracy.
  public var profile: LatencyProfile
  /// The same of models 1, 2, …
  public var furtherProfiles: [LatencyProfile]
  public init(
    id: WorkerID, name: String, instances: Int = 1, maxBatch: Int, profile: LatencyProfile,
    furtherProfiles: [LatencyProfile] = []
  ) {
    precondition(instances >= 1, "a worker has an engine instance")
    self.id = id
    self.name = name
    self.instances = instances
    self.maxBatch = maxBatch
    self.profile = profile
    self.furtherProfiles = furtherProfiles
  }
  func profile(of model: ModelID) -> LatencyProfile { model == 0 ? profile : furtherProfiles[model.number - 1] }
  var emptySchedules: [InstanceSchedule] { Array(repeating: InstanceSchedule(), count: instances) }
}
