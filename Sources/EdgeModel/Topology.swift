public import Units

/// A whole testbed: one cell, its devices, its workers, what they do and for how long. The checked form of a topology
/// file; every value here is in range.
public struct Topology: Hashable, Sendable {
  public var name: String
  /// For people, one line.
  public var description: String
  public var seed: UInt64
  /// Tasks arrive until here; the run then drains to the last deadline.
  public var duration: Duration
  public var cell: Cell
  public var timing: FrameTiming
  /// Devices are numbered in this order, from 0.
  public var groups: [DeviceGroup]
  /// How many `device-emulator` processes share the devices, in contiguous runs; at least 1.
  public var emulators: Int
  public var workers: [WorkerDescription]
  /// Directory of model 0, absolute or as the topology file's place resolves it.
  public var model: String
  /// Those of models 1, 2, …; every worker has all models.
  public var furtherModels: [String]
  public var policy: PolicyChoice
  public var limits: ValidityLimits
  public var transport: TransportChoice
  /// In the order of the file.
  public var faults: [PlannedFault]
  /// Live runs do not look at it.
  public var simulation: SimulationChoice

  public init(
    name: String, description: String = "", seed: UInt64 = 1, duration: Duration, cell: Cell,
    timing: FrameTiming = FrameTiming(), groups: [DeviceGroup], emulators: Int = 1, workers: [WorkerDescription],
    model: String, furtherModels: [String] = [], policy: PolicyChoice = PolicyChoice(),
    limits: ValidityLimits = .standard,
    transport: TransportChoice = TransportChoice(), faults: [PlannedFault] = [],
    simulation: SimulationChoice = SimulationChoice()
  ) {
    self.name = name
    self.description = description
    self.seed = seed
    self.duration = duration
    self.cell = cell
    self.timing = timing
    self.groups = groups
    self.emulators = emulators
    self.workers = workers
    self.model = model
    self.furtherModels = furtherModels
    self.policy = policy
    self.limits = limits
    self.transport = transport
    self.faults = faults
    self.simulation = simulation
  }
  /// Directories of all models, in the order of their numbers.
  public var models: [String] { [model] + furtherModels }
  /// Devices of all groups.
  public var deviceCount: Int { groups.reduce(0) { $0 + $1.count } }
}

/// The radio cell.
public struct Cell: Hashable, Sendable {
  /// Uplink bandwidth B.
  public var bandwidth: Hertz
  public var carrier: Hertz
  /// Noise power density at the base station, its noise figure included [dBm/Hz].
  public var noiseDensity: Double
  public init(bandwidth: Hertz, carrier: Hertz = Hertz(2e9), noiseDensity: Double = -169) {
    self.bandwidth = bandwidth
    self.carrier = carrier
    self.noiseDensity = noiseDensity
  }
}

/// The frame, and what is set aside in it.
public struct FrameTiming: Hashable, Sendable {
  public var length: Duration
  /// How long before a frame's edge its allocation is asked for.
  public var lead: Duration
  /// Batch start less upload end: what a late last byte may cost.
  public var guardTime: Duration
  /// Taken off every deadline: the result's way back, and dispatch.
  public var resultMargin: Duration
  public init(
    length: Duration = .milliseconds(100), lead: Duration = .milliseconds(20), guardTime: Duration = .milliseconds(5),
    resultMargin: Duration = .milliseconds(5)
  ) {
    self.length = length
    self.lead = lead
    self.guardTime = guardTime
    self.resultMargin = resultMargin
  }
  public var grid: FrameGrid { FrameGrid(length: length, lead: lead) }
}

/// Which policy, and what it may spend.
public struct PolicyChoice: Hashable, Sendable {
  public var name: String
  /// What the policy is to maximise; one that it knows. The fallback maximises the number of tasks.
  public var objective: Objective
  /// Decides a frame when the policy's answer is late or wrong; must be cheap.
  public var fallback: String
  /// Nodes a search may expand per frame; nil: the policy's own default.
  public var searchNodes: Int?
  /// For policies with open plans.
  public var batching: BatchingOptions
  /// Where the user's own scheduler listens; for the policy `external` alone, which needs one.
  public var endpoint: String?
  public init(
    name: String = "exit-aware-shelf-packing", objective: Objective = .throughput, fallback: String = "equal-share",
    searchNodes: Int? = nil, batching: BatchingOptions = BatchingOptions(), endpoint: String? = nil
  ) {
    self.name = name
    self.objective = objective
    self.fallback = fallback
    self.searchNodes = searchNodes
    self.batching = batching
    self.endpoint = endpoint
  }
}

/// How nodes reach each other.
public struct TransportChoice: Hashable, Sendable {
  public enum Scheme: String, Hashable, Sendable, CaseIterable { case tcp, ipc }
  public var scheme: Scheme
  /// Where the base station listens for devices and for workers; nil: free ports on loopback.
  public var devicesEndpoint: String?
  public var workersEndpoint: String?
  public init(scheme: Scheme = .tcp, devicesEndpoint: String? = nil, workersEndpoint: String? = nil) {
    self.scheme = scheme
    self.devicesEndpoint = devicesEndpoint
    self.workersEndpoint = workersEndpoint
  }
}
