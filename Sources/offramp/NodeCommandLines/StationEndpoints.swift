import EdgeModel

/// Where a base station listens.
struct StationEndpoints: Hashable {
  var devices: String
  var workers: String
  var clock: String
}

/// Endpoints for a run whose processes one launcher starts on this host: the topology's where it gives some, else free
/// ports on loopback, or files in a directory of the run's own.
struct LaunchedEndpoints {
  let topology: Topology
  /// Directory for socket files.
  let sockets: String?

  var station: StationEndpoints {
    StationEndpoints(
      devices: topology.transport.devicesEndpoint ?? own("devices"),
      workers: topology.transport.workersEndpoint ?? own("workers"), clock: own("clock"))
  }
  func worker(_ worker: WorkerDescription) -> String { worker.endpoint ?? own("features-\(worker.name)") }

  private func own(_ name: String) -> String { sockets.map { "ipc://\($0)/\(name)" } ?? "tcp://127.0.0.1:*" }
}

/// Endpoints for nodes that people start: all fixed, so that any order will do.
struct ByHandEndpoints {
  private(set) var station: StationEndpoints
  /// In the topology's order.
  private(set) var workers: [String] = []

  init(_ topology: Topology) {
    let transport = topology.transport
    let given = [transport.devicesEndpoint, transport.workersEndpoint] + topology.workers.map(\.endpoint)
    var free = FreeEndpoints(transport.scheme, run: topology.name, taken: given.compactMap { $0 })
    station = StationEndpoints(
      devices: transport.devicesEndpoint ?? free.take("devices"),
      workers: transport.workersEndpoint ?? free.take("workers"), clock: "")
    workers = topology.workers.map { $0.endpoint ?? free.take($0.name) }
    station.clock = free.take("clock", beside: station.devices)
  }
}

/// Ports from 5600 on that a topology leaves free, or socket files.
private struct FreeEndpoints {
  private let scheme: TransportChoice.Scheme
  private let run: String
  private var ports: Set<Int>
  private var next = 5600

  init(_ scheme: TransportChoice.Scheme, run: String, taken: [String]) {
    self.scheme = scheme
    self.run = run
    ports = Set(taken.compactMap { $0.split(separator: ":").last.flatMap { Int($0) } })
  }

  /// A free endpoint on the host of `other`, or on loopback.
  mutating func take(_ name: String, beside other: String? = nil) -> String {
    guard scheme == .tcp else { return "ipc:///tmp/offramp-\(run)-\(name)" }
    while !ports.insert(next).inserted { next += 1 }
    let host = other.flatMap { endpoint in endpoint.lastIndex(of: ":").map { String(endpoint[..<$0]) } }
    return "\(host ?? "tcp://127.0.0.1"):\(next)"
  }
}
