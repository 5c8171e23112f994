public import EdgeModel
public import TraceLog
public import Units

/// What a run was asked to be, and what became of its processes: `run.json`. The launcher creates it, fills `ends` when
/// nodes end, and the analysis adds the clocks.
public struct RunDescription: Hashable, Sendable {
  public static let format = 1

  /// Devices that share a kind.
  public struct Group: Hashable, Sendable {
    public var name: String
    public var firstDevice: DeviceID
    public var count: Int
    /// In 0...1.
    public var requiredAccuracy: Double
    /// From a task's generation to its result at the device.
    public var deadline: Duration
    /// What answers their tasks.
    public var model: ModelID
    public init(
      name: String, firstDevice: DeviceID, count: Int, requiredAccuracy: Double, deadline: Duration, model: ModelID = 0
    ) {
      self.model = model
      self.name = name
      self.firstDevice = firstDevice
      self.count = count
      self.requiredAccuracy = requiredAccuracy
      self.deadline = deadline
    }
    public func contains(_ device: DeviceID) -> Bool {
      device >= firstDevice && device.number - firstDevice.number < count
    }
  }

  /// One process.
  public struct Node: Hashable, Sendable {
    public var name: String
    public var role: TraceHeader.Role
    public var host: String
    /// Those that a device emulator carries; empty for others.
    public var devices: [DeviceID]
    /// The topology kills, stops, pauses or restarts it.
    public var hasPlannedFault: Bool
    /// Its clock is taken from probes even where its host is the base station's (emulated clocks).
    public var usesClockProbes: Bool
    public init(
      name: String, role: TraceHeader.Role, host: String = "", devices: [DeviceID] = [], hasPlannedFault: Bool = false,
      usesClockProbes: Bool = false
    ) {
      self.name = name
      self.role = role
      self.host = host
      self.devices = devices
      self.hasPlannedFault = hasPlannedFault
      self.usesClockProbes = usesClockProbes
    }
  }

  /// How a node's process ended.
  public struct End: Hashable, Sendable {
    public var node: String
    /// Exit status; nil where a signal ended it.
    public var status: Int?
    public var signal: Int?
    /// The topology or the launcher's own orderly stop asked for it.
    public var isPlanned: Bool
    public init(node: String, status: Int? = nil, signal: Int? = nil, isPlanned: Bool) {
      self.node = node
      self.status = status
      self.signal = signal
      self.isPlanned = isPlanned
    }
  }

  public struct Machine: Hashable, Sendable {
    public var cpu: String
    public var cores: Int
    public init(cpu: String, cores: Int) {
      self.cpu = cpu
      self.cores = cores
    }
  }

  /// What the command line asked for in place of the topology's.
  public struct Overrides: Hashable, Sendable {
    public var policy: String?
    public var seed: UInt64?
    public var duration: Duration?
    public init(policy: String? = nil, seed: UInt64? = nil, duration: Duration? = nil) {
      self.policy = policy
      self.seed = seed
      self.duration = duration
    }
  }

  /// The fit of one trace's clock.
  public struct NodeClock: Hashable, Sendable {
    public var node: String
    /// The trace's part: 1, more after a restart.
    public var part: Int
    public var fit: ClockFit
    public init(node: String, part: Int = 1, fit: ClockFit) {
      self.node = node
      self.part = part
      self.fit = fit
    }
  }

  public var run: String
  /// The topology's name.
  public var topology: String
  public var topologySHA256: String
  public var seed: UInt64
  /// Arrivals stop here; the run drains to the last deadline.
  public var duration: Duration
  public var isSimulated: Bool
  /// Wall time, ISO 8601; nil where nobody noted it.
  public var startedAt: String?
  /// The version of offramp.
  public var version: String
  /// The cell's.
  public var bandwidth: Hertz
  public var frame: Duration
  public var lead: Duration
  public var guardTime: Duration
  public var policy: String
  public var fallback: String
  public var groups: [Group]
  public var nodes: [Node]
  public var limits: ValidityLimits
  /// Accuracy of each exit in the model's manifest, exit 1 first; empty where unknown.
  public var accuracies: [Double]
  /// The same of models 1, 2, …
  public var furtherAccuracies: [[Double]] = []
  public var machine: Machine?
  public var ends: [End]
  /// Share of CPU time that the hypervisor took during the run, in 0...1.
  public var steal: Double?
  /// Why the run stopped before its time.
  public var interruption: String?
  public var clocks: [NodeClock]
  public var overrides: Overrides
  /// In the order of the topology.
  public var faults: [Fault] = []

  public init(
    run: String, topology: String, topologySHA256: String = "", seed: UInt64 = 0, duration: Duration,
    isSimulated: Bool = false, startedAt: String? = nil, version: String = "", bandwidth: Hertz, frame: Duration,
    lead: Duration, guardTime: Duration, policy: String, fallback: String = "", groups: [Group] = [],
    nodes: [Node] = [], limits: ValidityLimits = .standard, accuracies: [Double] = [], machine: Machine? = nil,
    ends: [End] = [], steal: Double? = nil, interruption: String? = nil, clocks: [NodeClock] = [],
    overrides: Overrides = Overrides()
  ) {
    self.run = run
    self.topology = topology
    self.topologySHA256 = topologySHA256
    self.seed = seed
    self.duration = duration
    self.isSimulated = isSimulated
    self.startedAt = startedAt
    self.version = version
    self.bandwidth = bandwidth
    self.frame = frame
    self.lead = lead
    self.guardTime = guardTime
    self.policy = policy
    self.fallback = fallback
    self.groups = groups
    self.nodes = nodes
    self.limits = limits
    self.accuracies = accuracies
    self.machine = machine
    self.ends = ends
    self.steal = steal
    self.interruption = interruption
    self.clocks = clocks
    self.overrides = overrides
  }

  /// The node called `name`. O(nodes).
  public func node(_ name: String) -> Node? { nodes.first { $0.name == name } }
  /// The group that `device` belongs to. O(groups).
  public func group(of device: DeviceID) -> Group? { groups.first { $0.contains(device) } }
}
