public import Allocation
public import EdgeModel
public import Inference
import Units

/// All that a simulated run depends on: two runs of equal setups leave equal traces.
public struct SimulationSetup: Sendable {
  public var topology: Topology
  public var model: SimulatedModel
  /// Each worker's latencies as it tells them to the base station, with all instances at work, in the topology's order;
  /// they cover its largest batch.
  public var profiles: [LatencyProfile]
  /// What its engine then takes with 1, 2, … instances at work; the same unless set.
  public var engineProfiles: [[LatencyProfile]]
  /// How each worker's engine scatters, where it was measured: the topology says whether that counts.
  public var dispersions: [LatencyDispersion?]
  /// Models 1, 2, … of the topology, which every worker has too. Loading takes no time in simulation.
  public var furtherModels: [FurtherModel] = []
  public var policy: any AllocationPolicy
  /// What the policy takes, on the modelled machine, for this answer to this frame; nil: as the topology says. It decides
  /// one frame at a time, as it does live.
  public var solveTime: (@Sendable (FrameState, FrameAllocation) -> Duration)?
  public var fallback: any AllocationPolicy
  /// Airtime of one chunk of an upload, as live nodes have it (`UploadPacer.quantum`); nil: a feature is one chunk, up to
  /// 64 KiB, unless a rate is between devices and workers. Chunks then only set how many events an upload costs: its last
  /// byte leaves at the same instant.
  public var uploadQuantum: Duration?
  /// Where the topology names files: arrivals, and SNR per frame [dB].
  public var arrivals: [DeviceID: [Instant]] = [:]
  public var snrTraces: [DeviceID: [Double]] = [:]
  /// What stands in every trace's header.
  public var run = "simulation"
  public var version = ""
  public var topologySHA256 = ""

  /// With the topology's policies; throws where the catalog has none of that name.
  public init(_ topology: Topology, model: SimulatedModel, profiles: [LatencyProfile]) throws(UnknownPolicy) {
    precondition(profiles.count == topology.workers.count, "one profile for each worker")
    self.topology = topology
    self.model = model
    self.profiles = profiles
    engineProfiles = profiles.map { [$0] }
    dispersions = profiles.map { _ in nil }
    let options = PolicyOptions(
      budget: topology.policy.searchNodes.map { SearchBudget(nodes: $0) }, objective: topology.policy.objective,
      batching: topology.policy.batching)
    policy = try PolicyCatalog.entry(named: topology.policy.name).make(options)
    fallback = try PolicyCatalog.entry(named: topology.policy.fallback).make(PolicyOptions())
  }

  /// What `model`, `profiles`, `engineProfiles` and `dispersions` are for model 0.
  public struct FurtherModel: Sendable {
    public var model: SimulatedModel
    public var profiles: [LatencyProfile]
    public var engineProfiles: [[LatencyProfile]]
    public var dispersions: [LatencyDispersion?]
    public init(_ model: SimulatedModel, profiles: [LatencyProfile]) {
      self.model = model
      self.profiles = profiles
      engineProfiles = profiles.map { [$0] }
      dispersions = profiles.map { _ in nil }
    }
  }
  /// Every model, in the order of their numbers.
  var models: [FurtherModel] {
    var first = FurtherModel(model, profiles: profiles)
    first.engineProfiles = engineProfiles
    first.dispersions = dispersions
    return [first] + furtherModels
  }

  func solveTime(of allocation: FrameAllocation, for state: FrameState) -> Duration {
    if let solveTime { return solveTime(state, allocation) }
    return topology.simulation.solveTime.time(tasks: state.tasks.count, searchNodes: allocation.searchNodes)
  }
  var budget: SearchBudget { SearchBudget(nodes: topology.policy.searchNodes ?? .max) }
}
