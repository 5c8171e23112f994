import EdgeModel
import Nodes
import TraceLog
import Wire
import ZeroMQ

/// Nodes that go and come back in mid-run, where the topology plans it (`ExpectedLosses`).
extension StationPort {
  /// Beats where it is time; why to stop, where a node has been silent too long that the run cannot do without.
  mutating func keepAlive() throws(ZeroMQError) -> String? {
    let now = monotonicNow()
    guard liveness.isDue(at: now) else { return nil }
    for peer in roster.presentEmulators { try tell(.beat, toEmulator: peer) }
    for peer in roster.presentWorkers { try tell(.beat, toWorker: peer) }
    while let silent = liveness.silent(at: now) {
      guard roster.mayLose(silent) else {
        record(.peerLost(node: name(of: silent), cause: "silent"), at: self.now)
        return "\(name(of: silent)) fell silent"
      }
      try lose(silent, "silent")
    }
    // Who was waited for may have had its last chance.
    if !setup.losses.isEmpty { endIfAllAreFinished() }
    return nil
  }

  mutating func endIfAllAreFinished() {
    if roster.areAllFinished(at: now) { inbox.append(.stop(cause: "")) }
  }

  // MARK: Going

  /// A node says that it goes. One that the run cannot do without is silent from now on, which ends the run.
  mutating func part(from peer: PeerName) throws(ZeroMQError) {
    if roster.isPresent(peer), roster.mayLose(peer) { try lose(peer, "goodbye") }
  }

  private mutating func lose(_ peer: PeerName, _ cause: String) throws(ZeroMQError) {
    record(.peerLost(node: name(of: peer), cause: cause), at: now)
    liveness.forget(peer)
    roster.setPresence(.lost, of: peer)
    if let worker = roster.number(of: peer) {
      workers.discard(peer)
      inbox.append(.message(.peers(.workerLost(worker))))
      try tellEmulators(.workerLost(worker))
    } else if let emulator = roster.emulators[peer] {
      devices.discard(peer)
      inbox.append(.message(.peers(.devicesLost(emulator.devices))))
      endIfAllAreFinished()
    }
  }

  // MARK: Coming back

  /// Whether a message of mid-run counts: also that of a node that was only silent, which is back with it.
  mutating func isHere(_ peer: PeerName) throws(ZeroMQError) -> Bool {
    switch roster.presence(of: peer) {
    case .present: return true
    case .lost:
      try regain(peer)
      return true
    case .joining, nil:
      reject(name(of: peer), "a message that belongs behind the start")
      return false
    }
  }

  private mutating func regain(_ peer: PeerName) throws(ZeroMQError) {
    record(.peerReturned(node: name(of: peer)), at: now)
    roster.setPresence(.present, of: peer)
    liveness.hear(peer, at: monotonicNow())
    if let worker = roster.number(of: peer) {
      inbox.append(.message(.peers(.workerReturned(worker))))
      try tellEmulators(.workerReturned(worker))
    } else if let emulator = roster.emulators[peer] {
      inbox.append(.message(.peers(.devicesReturned(emulator.devices))))
      // It was told nothing while it was away.
      for (index, entry) in roster.workersInOrder.enumerated() {
        let isThere = entry.worker.presence == .present
        try tell(isThere ? .workerReturned(WorkerID(index)) : .workerLost(WorkerID(index)), toEmulator: peer)
      }
    }
  }

  /// A hello in mid-run: a node that the run goes on without was started again.
  mutating func takeBack(_ hello: EmulatorHello, _ peer: PeerName) throws(ZeroMQError) {
    guard try isWelcomeBack(peer, topologyFault(hello.topologySHA256) ?? roster.fault(in: hello, of: peer)) else {
      return
    }
    let endpoints = roster.workersInOrder.map(\.worker.endpoint)
    try tell(.welcome(stationWelcome(isUnderWay: true), workers: endpoints), toEmulator: peer)
  }
  mutating func takeBack(_ hello: WorkerHello, _ peer: PeerName) throws(ZeroMQError) {
    guard try isWelcomeBack(peer, topologyFault(hello.topologySHA256) ?? roster.fault(in: hello, of: peer)),
      let number = roster.number(of: peer)
    else { return }
    try tell(.welcome(stationWelcome(isUnderWay: true), worker: number), toWorker: peer)
  }
  private mutating func isWelcomeBack(_ peer: PeerName, _ fault: String?) throws(ZeroMQError) -> Bool {
    guard roster.mayLose(peer) else {
      reject(name(of: peer), "a message that belongs before the start")
      return false
    }
    if let fault {
      try turnAway(peer, fault)
      return false
    }
    // It was faster than the silence of its earlier life.
    if roster.isPresent(peer) { try lose(peer, "started again") }
    roster.setPresence(.joining, of: peer)
    return true
  }

  /// A node that was started again is ready: it starts in the run's own time.
  mutating func takeBack(_ peer: PeerName) throws(ZeroMQError) {
    guard roster.presence(of: peer) == .joining else {
      return reject(name(of: peer), "a message that belongs before the start")
    }
    try tell(.start(monotonic: clock.start), toEmulator: peer)
    try regain(peer)
  }
  mutating func takeBack(_ peer: PeerName, _ readiness: WorkerReadiness) throws(ZeroMQError) {
    guard roster.presence(of: peer) == .joining else {
      return reject(name(of: peer), "a message that belongs before the start")
    }
    if let fault = roster.fault(in: readiness, of: peer) {
      roster.setPresence(.lost, of: peer)
      return try turnAway(peer, fault)
    }
    try tell(.start(monotonic: clock.start), toWorker: peer)
    try regain(peer)
  }

  private mutating func turnAway(_ peer: PeerName, _ fault: String) throws(ZeroMQError) {
    reject(name(of: peer), fault)
    let cause = "turned away by the base station: \(fault)"
    if roster.workers[peer] != nil {
      try tell(.stop(cause: cause), toWorker: peer)
    } else {
      try tell(.stop(cause: cause), toEmulator: peer)
    }
  }
  private mutating func tellEmulators(_ message: StationToEmulator) throws(ZeroMQError) {
    for peer in roster.presentEmulators { try tell(message, toEmulator: peer) }
  }
}
