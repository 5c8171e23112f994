import EdgeModel
import TraceLog
import Units

/// The command line of every node of a topology.
struct TopologyCommandLines {
  let topology: Topology
  /// Flags that every node gets besides its name.
  let common: [String]

  /// - Parameters:
  ///   - traces: the directory for the nodes' traces.
  ///   - isLaunched: whether a launcher starts the nodes, and they shall not outlive it.
  init(_ topology: Topology, sha256: String, traces: String, isLaunched: Bool) {
    self.topology = topology
    common =
      ["--traces", traces, "--topology-sha256", sha256] + (isLaunched ? ["--die-with-parent"] : [])
  }

  func baseStation(run: String, at endpoints: StationEndpoints, tellsStatus: Bool) -> NodeCommandLine {
    let (cell, timing, policy) = (topology.cell, topology.timing, topology.policy)
    var arguments = ["--name", NodeNames.baseStation] + common
    arguments += ["--run", run]
    arguments += ["--devices-endpoint", endpoints.devices, "--workers-endpoint", endpoints.workers]
    arguments += ["--clock-endpoint", endpoints.clock]
    arguments += ["--workers", topology.workers.map(\.name).joined(separator: ",")]
    arguments += groups
    arguments += ["--bandwidth", text(cell.bandwidth), "--carrier", text(cell.carrier)]
    arguments += ["--noise-density", text(cell.noiseDensity)]
    arguments += ["--frame", text(timing.length), "--lead", text(timing.lead), "--guard", text(timing.guardTime)]
    arguments += ["--result-margin", text(timing.resultMargin)]
    if let most = policy.batching.maxBatch { arguments += ["--max-batch", "\(most)"] }
    if policy.batching.queueDelay > .zero { arguments += ["--queue-delay", text(policy.batching.queueDelay)] }
    if let timeout = policy.batching.timeout { arguments += ["--queue-timeout", text(timeout)] }
    arguments += ["--policy", policy.name, "--fallback", policy.fallback]
    if let nodes = policy.searchNodes { arguments += ["--search-nodes", "\(nodes)"] }
    if let endpoint = policy.endpoint { arguments += ["--scheduler", endpoint] }
    if policy.objective != .throughput { arguments += ["--objective", policy.objective.rawValue] }
    arguments += ["--seed", "\(topology.seed)", "--duration", text(topology.duration)]
    arguments += stationFaults
    if tellsStatus { arguments.append("--status") }
    return NodeCommandLine(name: NodeNames.baseStation, role: .baseStation, arguments: arguments)
  }

  /// - Parameters:
  ///   - station: where the base station listens for workers.
  ///   - endpoint: where this worker listens for features.
  func worker(_ worker: WorkerDescription, station: String, at endpoint: String) -> NodeCommandLine {
    var arguments = ["--name", worker.name] + common
    arguments += ["--base-station", station, "--listen", endpoint] + models
    arguments += ["--engine", worker.engine.rawValue]
    if let table = worker.latencyTable { arguments += ["--latency-table", table] }
    if let profile = worker.profile { arguments += ["--profile", profile] }
    for table in worker.furtherTables { arguments += ["--further-table", table ?? "measure"] }
    if let memory = worker.memory { arguments += ["--memory", "\(memory)B"] }
    if let cpus = worker.cpus { arguments += ["--cpus", "\(cpus)"] }
    if let device = worker.device { arguments += ["--device", device] }
    if let plugin = worker.plugin { arguments += ["--plugin", plugin] }
    arguments += ["--threads", "\(worker.threads)", "--max-batch", "\(worker.maxBatch)"]
    if worker.instances > 1 { arguments += ["--instances", "\(worker.instances)"] }
    arguments += engineFaults(of: worker.name) + silenceFaults
    return NodeCommandLine(name: worker.name, role: .edgeWorker, arguments: arguments)
  }

  /// - Parameter station: where the base station listens for devices.
  func emulators(station: String) -> [NodeCommandLine] {
    EmulatorShares.divide(topology.deviceCount, among: topology.emulators).enumerated().map { index, devices in
      var arguments = ["--name", NodeNames.emulator(index)] + common
      arguments += ["--base-station", station] + models
      arguments += groups
      arguments += ["--devices", "\(devices.lowerBound)-\(devices.upperBound - 1)"]
      arguments += ["--seed", "\(topology.seed)", "--duration", text(topology.duration)]
      arguments += ["--features", topology.needsFeatures ? "stem" : "blank"] + silenceFaults
      return NodeCommandLine(
        name: NodeNames.emulator(index), role: .device, arguments: arguments, devices: devices)
    }
  }

  private var models: [String] { topology.models.flatMap { ["--model", $0] } }

  /// All groups go to every node that numbers devices, so that the numbers agree.
  private var groups: [String] { topology.groups.flatMap { ["--group", $0.text] } }

  /// Amounts are written in the largest unit that keeps them whole.
  func text(_ frequency: Hertz) -> String {
    for (unit, size) in [("GHz", 1e9), ("MHz", 1e6), ("kHz", 1e3)] {
      let amount = frequency.value / size
      if amount == amount.rounded() { return "\(Int(amount))\(unit)" }
    }
    return "\(frequency.value)Hz"
  }
  func text(_ number: Double) -> String {
    number == number.rounded() && number.magnitude < 1e15 ? "\(Int(number))" : "\(number)"
  }
  func text(_ time: Duration) -> String {
    let nanoseconds = time.inNanoseconds
    for (unit, length) in [("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1000)] as [(String, Int64)]
    where nanoseconds % length == 0 {
      return "\(nanoseconds / length)\(unit)"
    }
    return "\(nanoseconds)ns"
  }
}

/// What nodes are called; the names are file names too.
enum NodeNames {
  static let baseStation = "base-station"
  static func emulator(_ index: Int) -> String { "devices-\(index)" }
}

extension Topology {
  /// Whether any worker computes on what devices upload; replayed answers need no content.
  var needsFeatures: Bool { workers.contains { $0.engine != .replay } }
}
