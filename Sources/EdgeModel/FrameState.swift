public import Units

/// Everything a policy may know when it allocates one frame.
///
/// Times are seconds (`Double`) from the frame's edge: policies work on areas in Hz·s, and an instance file's numbers
/// must reach them unrounded.
public struct FrameState: Hashable, Sendable {
  public var frame: FrameID
  /// The cell's uplink bandwidth B.
  public var bandwidth: Hertz
  /// Uploads end at most this long after the edge [s]; nil: no limit.
  public var length: Double?
  /// Batch start less upload end [s].
  public var guardTime: Double
  /// Grid of upload ends [s], and smallest piece of bandwidth, for slotted policies; nil: continuous.
  public var slot: Double?
  public var resourceBlock: Hertz?
  /// The workers, at least one.
  public var workers: [WorkerState]
  /// The offers waiting.
  public var tasks: [FrameTask]
  /// How many offers came in during each of the last frames, oldest first: one list for each device group. Empty where
  /// nothing is remembered.
  public var recentOffers: [[Int]]

  public init(
    frame: FrameID = 0, bandwidth: Hertz, length: Double? = nil, guardTime: Double = 0, slot: Double? = nil,
    resourceBlock: Hertz? = nil, workers: [WorkerState], tasks: [FrameTask], recentOffers: [[Int]] = []
  ) {
    self.frame = frame
    self.bandwidth = bandwidth
    self.length = length
    self.guardTime = guardTime
    self.slot = slot
    self.resourceBlock = resourceBlock
    self.workers = workers
    self.tasks = tasks
    self.recentOffers = recentOffers
  }
}

/// A worker as policies see it.
public struct WorkerState: Hashable, Sendable {
  public var id: WorkerID
  public var name: String
  /// When each of its engine instances can start a batch, from the frame's edge [s]; 0 when idle. At least one.
  public var instancesFreeAt: [Double]
  /// Largest batch it takes; nil: as many as its profile covers.
  public var maxBatch: Int?
  /// Latencies of model 0, with all instances at work.
  public var profile: LatencyProfile
  /// Those of models 1, 2, …: without blocks where the worker has not that model.
  public var furtherProfiles: [LatencyProfile]
  /// What it does with open plans.
  public var queue: WorkerQueue
  public init(
    id: WorkerID = 0, name: String = "w0", freeAt: Double = 0, maxBatch: Int? = nil, profile: LatencyProfile,
    queue: WorkerQueue = WorkerQueue()
  ) {
    self.id = id
    self.name = name
    instancesFreeAt = [freeAt]
    self.maxBatch = maxBatch
    self.profile = profile
    furtherProfiles = []
    self.queue = queue
  }

  /// When the first of its instances is free [s]; setting it leaves one instance, free then.
  public var freeAt: Double {
    get { instancesFreeAt.min() ?? 0 }
    set { instancesFreeAt = [newValue] }
  }
  /// Latencies of `model`; without blocks where the worker has not that model.
  public func profile(of model: ModelID) -> LatencyProfile {
    if model.number == 0 { return profile }
    let further = model.number - 1
    return furtherProfiles.indices.contains(further) ? furtherProfiles[further] : LatencyProfile(blocks: [])
  }
}

/// A worker's open plans as policies see them: their memory from frame to frame.
public struct WorkerQueue: Hashable, Sendable {
  /// A batch that the worker formed and reported since its last rule was set.
  public struct Outcome: Hashable, Sendable {
    /// Tasks in it.
    public var size: Int
    /// From its start until the instance was free again [s].
    public var took: Double
    /// Members whose answer left the worker too late, or never.
    public var late: Int
    public init(size: Int, took: Double, late: Int) {
      self.size = size
      self.took = took
      self.late = late
    }
  }
  /// Tasks granted by open plans that have not ended.
  public var backlog: Int
  /// The batch limit that the last open plan set; nil: there was none.
  public var batchLimit: Int?
  /// In the order of the reports.
  public var recent: [Outcome]
  public init(backlog: Int = 0, batchLimit: Int? = nil, recent: [Outcome] = []) {
    self.backlog = backlog
    self.batchLimit = batchLimit
    self.recent = recent
  }
}

/// An offered task as policies see it.
public struct FrameTask: Hashable, Sendable {
  /// What the uplink carries per hertz.
  public enum Uplink: Hashable, Sendable {
    /// r [bit/s/Hz], whatever the bandwidth: transmit power grows with it.
    case spectralEfficiency(Double)
    /// c = P·g/N0 [Hz]: the rate over w Hz is w·log2(1 + c/w), transmit power is fixed.
    case signalToNoise(Double)
  }
  /// Which exit answers it.
  public enum Requirement: Hashable, Sendable {
    /// Exit n, from 1.
    case exit(Int)
    /// The first exit at least this accurate, in 0...1.
    case accuracy(Double)
  }
  public var id: TaskID
  /// Which of the topology's models is to answer it; a batch has one.
  public var model: ModelID
  public var feature: Bits
  public var uplink: Uplink
  /// When the answer must be out of the worker, from the frame's edge [s]; the result's way back is already taken off.
  public var deadline: Double
  public var requirement: Requirement
  /// The first block that runs on the worker, from 1.
  public var entry: Int
  /// What it counts in a weighted objective; positive.
  public var weight: Double
  /// How many of its device's tasks were completed before: policies' memory across frames; not negative.
  public var served: Double
  public init(
    id: TaskID, model: ModelID = 0, feature: Bits, uplink: Uplink, deadline: Double, requirement: Requirement,
    entry: Int = 1, weight: Double = 1, served: Double = 0
  ) {
    self.id = id
    self.model = model
    self.feature = feature
    self.uplink = uplink
    self.deadline = deadline
    self.requirement = requirement
    self.entry = entry
    self.weight = weight
    self.served = served
  }
}
