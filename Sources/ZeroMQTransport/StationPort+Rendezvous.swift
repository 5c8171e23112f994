import EdgeModel
import Nodes
import TraceLog
import Wire
import ZeroMQ

/// From the first hello to the start that everyone is given.
extension StationPort {
  /// Gathers everyone, then gives them one start instant.
  mutating func rendezvous() throws(NodeFailure) -> BaseStation {
    let deadline = monotonicNow() + setup.patience.nanoseconds
    var missing = ""
    var welcomed: Set<PeerName> = []
    while !roster.areAllReady {
      if roster.missing != missing {
        missing = roster.missing
        setup.tell(.waiting(missing))
      }
      do throws(ZeroMQError) {
        try process.wait(until: deadline)
        try flush()
      } catch { throw NodeFailure(error) }
      if let cause = process.stopSignal() { try abandon("\(cause) before the start") }
      for (peer, message) in hearDevices() {
        switch message {
        case .hello(let hello):
          welcomed.remove(peer)
          try welcome(hello, peer)
        case .ready: roster.setReady(peer)
        default: break
        }
      }
      for (peer, message) in hearWorkers() {
        switch message {
        case .hello(let hello): try welcome(hello, peer)
        case .ready(let readiness): roster.setReady(peer, readiness)
        default: break
        }
      }
      if roster.haveAllJoined {
        let unwelcomed = Set(roster.emulators.keys).subtracting(welcomed)
        try welcomeEmulators(unwelcomed)
        welcomed.formUnion(unwelcomed)
      }
      if monotonicNow() >= deadline {
        try abandon(
          "still waiting for \(roster.missing) after \(setup.patience.components.seconds) s; start them, or say --patience"
        )
      }
    }
    let (workers, featureBytes) = try roster.plannedWorkers()
    let node = try setup.makeNode(workers, featureBytes)
    try start()
    return node
  }

  /// Tells everyone who has joined that there will be no run.
  private mutating func abandon(_ cause: String) throws(NodeFailure) -> Never {
    try broadcastStop("the base station gave up: \(cause)")
    throw NodeFailure("no run, \(setup.identity.name): \(cause)")
  }

  private mutating func welcome(_ hello: EmulatorHello, _ peer: PeerName) throws(NodeFailure) {
    if let fault = topologyFault(hello.topologySHA256) ?? roster.join(hello, as: peer) {
      try refuse(hello.name, fault) { (port, cause) throws(ZeroMQError) in
        try port.tell(.stop(cause: cause), toEmulator: peer)
      }
    }
  }
  private mutating func welcome(_ hello: WorkerHello, _ peer: PeerName) throws(NodeFailure) {
    if let fault = topologyFault(hello.topologySHA256) ?? roster.join(hello, as: peer) {
      return try refuse(hello.name, fault) { (port, cause) throws(ZeroMQError) in
        try port.tell(.stop(cause: cause), toWorker: peer)
      }
    }
    guard let number = roster.number(of: peer) else { return }
    setup.tell(.workerListens(hello.name, at: hello.endpoint))
    do throws(ZeroMQError) { try tell(.welcome(stationWelcome(), worker: number), toWorker: peer) } catch {
      throw NodeFailure(error)
    }
  }
  mutating func refuse(
    _ name: String, _ fault: String, _ tell: (inout StationPort, String) throws(ZeroMQError) -> Void
  ) throws(NodeFailure) {
    setup.tell(.turnedAway(name, fault))
    do throws(ZeroMQError) { try tell(&self, "turned away by the base station: \(fault)") } catch {
      throw NodeFailure(error)
    }
  }
  func topologyFault(_ sha256: String) -> String? {
    sha256 == setup.identity.topologySHA256 || sha256.isEmpty || setup.identity.topologySHA256.isEmpty
      ? nil : "it was started for another topology"
  }
  func stationWelcome(isUnderWay: Bool = false) -> StationWelcome {
    StationWelcome(
      run: setup.run, boot: HostIdentity.boot, clockEndpoint: clockServer.endpoint, isUnderWay: isUnderWay)
  }
  private mutating func welcomeEmulators(_ peers: Set<PeerName>) throws(NodeFailure) {
    let endpoints = roster.workersInOrder.map(\.worker.endpoint)
    do throws(ZeroMQError) {
      for peer in peers { try tell(.welcome(stationWelcome(), workers: endpoints), toEmulator: peer) }
    } catch { throw NodeFailure(error) }
  }

  private mutating func start() throws(NodeFailure) {
    let monotonic = monotonicNow() + Self.startDelay
    clock = RunClock(start: monotonic)
    do throws(ZeroMQError) {
      for peer in roster.emulators.keys { try tell(.start(monotonic: monotonic), toEmulator: peer) }
      for peer in roster.workers.keys { try tell(.start(monotonic: monotonic), toWorker: peer) }
    } catch { throw NodeFailure(error) }
    tracer = try Tracer(setup.identity, role: .baseStation, run: setup.run, clock: clock)
    meter = ResourceMeter()
    liveness = Liveness(now: monotonicNow())
    for peer in Array(roster.emulators.keys) + Array(roster.workers.keys) { liveness.hear(peer, at: monotonicNow()) }
    setup.tell(.started(monotonic: monotonic))
  }
}
