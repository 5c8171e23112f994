public import EdgeModel
import Nodes
import TraceLog
import Units

/// Planned faults: nodes that go, stand still and come back.
extension Simulation {
  /// When each of the topology's faults took effect; nil where it did not, since its node was gone.
  public var effects: [Instant?] { faults?.effects ?? [] }

  /// Faults go before all else that happens at their instants.
  mutating func planFaults() {
    guard let faults else { return }
    for index in faults.faults.indices.sorted(by: { (faults.faults[$0].at, $0) < (faults.faults[$1].at, $1) }) {
      queue.add(.fault(.begins(index)), .timer, at: faults.faults[index].at)
    }
    for (index, fault) in faults.faults.enumerated() {
      if let end = fault.nodeIsBack { queue.add(.fault(.ends(index)), .timer, at: end) }
    }
    if faults.watches { queue.add(.fault(.tick), .timer, at: .start + PeerLiveness.beat) }
    for node in faults.probes.keys.sorted() { beginProbing(node, at: .start) }
  }

  // MARK: Whom a step reaches

  /// Whether a step reaches its node now: what is for the dead vanishes, what is for one that stands still waits.
  mutating func admits(_ step: Step, at now: Instant) -> Bool {
    guard let (node, part) = target(of: step), let condition = faults?.conditions[node] else { return true }
    if condition.isGone || condition.part != part { return false }
    if condition.isStill {
      faults?.conditions[node].waiting.append(step)
      return false
    }
    hear(step, by: node, at: now)
    return true
  }

  private func target(of step: Step) -> (node: Int, part: Int)? {
    switch step {
    case .baseStation: return (0, 1)
    case .worker(let index, let part, _): return (node(ofWorker: index), part)
    case .emulator(let index, let part, _): return (node(ofEmulator: index), part)
    case .fault(let step):
      switch step {
      case .begins, .ends, .tick: return nil
      case .beat(_, let node): return (node, faults?.conditions[node].part ?? 1)
      case .hello, .goodbye, .finished, .probeAsked: return (0, 1)
      case .probe(let node, let part), .probeAnswered(let node, let part, _, _): return (node, part)
      }
    }
  }

  /// Any message between the base station and another node counts as life.
  private mutating func hear(_ step: Step, by node: Int, at now: Instant) {
    switch step {
    case .baseStation(.received(.uplink(let message))):
      hear(self.node(ofEmulator: emulatorOfDevice[message.device.number]), at: now)
    case .baseStation(.received(.worker(.report(let report)))):
      hear(self.node(ofWorker: report.worker.number), at: now)
    case .worker(_, _, .received(.downlink)), .emulator(_, _, .received(.downlink)):
      faults?.conditions[node].heardStation = now
    default: break
    }
  }
  private mutating func hear(_ peer: Int, at now: Instant) {
    faults?.conditions[peer].heard = now
    if faults?.conditions[peer].isPresent == false { regain(peer, at: now) }
  }

  // MARK: What happens

  mutating func perform(_ step: FaultStep, at now: Instant) {
    switch step {
    case .begins(let index): begin(index, at: now)
    case .ends(let index): end(index, at: now)
    case .tick: tick(at: now)
    case .beat(let peer, 0): hear(peer, at: now)
    case .beat(_, let node): faults?.conditions[node].heardStation = now
    case .hello(let node, let part):
      guard faults?.conditions[node].part == part else { return }
      // It was faster than the silence of its earlier life.
      if faults?.conditions[node].isPresent == true { lose(node, "started again", at: now) }
      faults?.conditions[node].isFinished = false
      hear(node, at: now)
    case .goodbye(let node): if faults?.conditions[node].isPresent == true { lose(node, "goodbye", at: now) }
    case .finished(let node, let part):
      guard faults?.conditions[node].part == part else { return }
      hear(node, at: now)
      faults?.conditions[node].isFinished = true
      endIfAllAreFinished(at: now)
    case .probe(let node, let part): probe(node, part, at: now)
    case .probeAsked(let node, let part, let sent):
      guard let arrival = faults?.probes[node]?.down.send(at: now, bytes: wireHeader + 16) else { return }
      queue.add(.fault(.probeAnswered(node, part: part, sent: sent, peer: now)), .message, at: arrival)
    case .probeAnswered(let node, _, let sent, let peer):
      let received = reading(of: node, at: now)
      note(.clockProbe(sent: sent, peer: peer, received: received), by: node, at: now)
    }
  }

  private mutating func begin(_ index: Int, at now: Instant) {
    guard let fault = faults?.faults[index] else { return }
    switch fault.kind {
    // Their base station and worker say when they take effect.
    case .bandwidth, .engine: return
    case .loss, .delay: if baseStation.isOver { return }
    case .kill(let name), .restart(let name, _):
      guard let node = alive(name) else { return }
      faults?.conditions[node].isGone = true
    case .stop(let name):
      guard let node = alive(name) else { return }
      stop(node, cause: "SIGTERM", at: now)
    case .pause(let name, _):
      guard let node = alive(name) else { return }
      faults?.conditions[node].isStill = true
    case .clock(let name, _): if alive(name) == nil { return }
    }
    faults?.effects[index] = now
  }

  private mutating func end(_ index: Int, at now: Instant) {
    guard let fault = faults?.faults[index], faults?.effects[index] != nil else { return }
    switch fault.kind {
    case .pause(let name, _): if let node = alive(name) { goOn(node, at: now) }
    case .restart(let name, _): if let node = self.node(called: name) { restart(node, at: now) }
    default: break
    }
  }

  private func node(called name: String) -> Int? { nodes.firstIndex { $0.name == name } }
  private func alive(_ name: String) -> Int? {
    node(called: name).flatMap { faults?.conditions[$0].isGone == false ? $0 : nil }
  }

  /// A node that stood still forgives everyone, beats, and does what it could not: timers first, as ever.
  private mutating func goOn(_ node: Int, at now: Instant) {
    guard let waiting = faults?.conditions[node].waiting else { return }
    faults?.conditions[node].isStill = false
    faults?.conditions[node].waiting = []
    faults?.conditions[node].heardStation = now
    if node == 0 { for peer in others { faults?.conditions[peer].heard = now } }
    beat(node, at: now)
    for step in waiting.filter(\.isTimer) + waiting.filter({ !$0.isTimer }) where admits(step, at: now) {
      perform(step, at: now, isDeferred: true)
    }
  }

  /// A node starts again at once, a value as new, and says hello. Without a base station there is nothing to come back to.
  private mutating func restart(_ node: Int, at now: Instant) {
    guard faults?.conditions[0].isGone == false, !baseStation.isOver else { return }
    faults?.conditions[node].part += 1
    faults?.conditions[node].isGone = false
    faults?.conditions[node].heardStation = now
    guard let condition = faults?.conditions[node], let trace = faults?.trace(of: node) else { return }
    let (header, shown) = (Self.header(of: nodes[trace], setup), reading(of: node, at: now))
    if node <= workers.count {
      let index = node - 1
      faults?.pastEvents += workers[index].events
      workers[index] = VirtualLoop(setup.makeWorker(index), at: trace, header, from: shown, record)
      queue.add(.worker(index, part: condition.part, .started), .timer, at: now)
    } else {
      let index = node - 1 - workers.count
      faults?.pastEvents += emulators[index].events
      let share = setup.emulatorShares[index]
      emulators[index] = VirtualLoop(
        setup.makeEmulator(share, resumes: true), at: trace, header, from: shown, record)
      stemIsFree[index] = now
      queue.add(.emulator(index, part: condition.part, .started), .timer, at: now)
    }
    let arrival = sendSurely(from: node, at: now)
    queue.add(.fault(.hello(node, part: condition.part)), .message, at: arrival)
    if faults?.probes[node] != nil { beginProbing(node, at: now) }
  }

  // MARK: Stopping

  /// Has a node conclude and leave; the others hear of it.
  mutating func stop(_ node: Int, cause: String, at now: Instant) {
    if node == 0 {
      stepBaseStation(.stopped(cause: cause), at: now)
      faults?.conditions[0].isGone = true
      return broadcastStop(cause, at: now)
    }
    conclude(node, cause: cause, at: now)
    let arrival = sendSurely(from: node, at: now)
    queue.add(.fault(.goodbye(node)), .message, at: arrival)
  }

  mutating func conclude(_ node: Int, cause: String, at now: Instant) {
    if node <= workers.count {
      stepWorker(node - 1, .stopped(cause: cause), at: now)
    } else {
      stepEmulator(node - 1 - workers.count, .stopped(cause: cause), at: now)
      leave(node - 1 - workers.count, cause: cause, at: now)
    }
    faults?.conditions[node].isGone = true
  }

  /// An emulator whose devices were done before it is told that the run is over.
  private mutating func leave(_ index: Int, cause: String, at now: Instant) {
    guard !emulators[index].isClosed else { return }
    let shown = reading(of: node(ofEmulator: index), at: now)
    if !cause.isEmpty { emulators[index].record(.stopped(cause: cause), at: shown) }
    emulators[index].close(at: shown)
  }

  /// Its devices are done, or it was told to stop: an emulator waits for the base station's word, or leaves.
  mutating func finishAmongFaults(_ index: Int, at now: Instant) {
    let node = node(ofEmulator: index)
    if emulators[index].wasStopped {
      emulators[index].close(at: reading(of: node, at: now))
      faults?.conditions[node].isGone = true
      return
    }
    let arrival = links.finished(from: index, at: now)
    let part = faults?.conditions[node].part ?? 1
    queue.add(.fault(.finished(node, part: part)), .message, at: arrival)
  }

  private mutating func broadcastStop(_ cause: String, at now: Instant) {
    for index in workers.indices {
      let part = faults?.conditions[node(ofWorker: index)].part ?? 1
      let arrival = links.stop(to: index, at: now)
      queue.add(.worker(index, part: part, .stopped(cause: cause)), .message, at: arrival)
    }
    for index in emulators.indices {
      let part = faults?.conditions[node(ofEmulator: index)].part ?? 1
      let arrival = links.stop(toEmulator: index, at: now)
      queue.add(.emulator(index, part: part, .stopped(cause: cause)), .message, at: arrival)
    }
  }

  /// The run is over when nothing more is to come from any device; who is gone and not to come back has nothing more.
  private mutating func endIfAllAreFinished(at now: Instant) {
    guard let faults, !faults.conditions[0].isGone, !baseStation.isOver else { return }
    let isWaitedFor = emulators.indices.contains { index in
      let node = node(ofEmulator: index)
      let condition = faults.conditions[node]
      if condition.isFinished { return false }
      return condition.isPresent || faults.awaitedUntil[node].map { now < $0 } ?? false
    }
    if !isWaitedFor { stop(0, cause: "", at: now) }
  }

  // MARK: Noticing

  private var others: Range<Int> { 1..<(1 + workers.count + emulators.count) }

  private mutating func tick(at now: Instant) {
    for node in 0...others.upperBound - 1 where isAwake(node) { beat(node, at: now) }
    if isAwake(0) {
      for peer in others where isSilent(peer, at: now) { lose(peer, "silent", at: now) }
      endIfAllAreFinished(at: now)
    }
    for node in others where isAwake(node) { endWithoutStation(node, at: now) }
    guard let faults, faults.conditions.contains(where: { !$0.isGone }) else { return }
    queue.add(.fault(.tick), .timer, at: now + PeerLiveness.beat)
  }
  private func isAwake(_ node: Int) -> Bool {
    faults.map { !$0.conditions[node].isGone && !$0.conditions[node].isStill } ?? false
  }
  private func isSilent(_ peer: Int, at now: Instant) -> Bool {
    guard let condition = faults?.conditions[peer] else { return false }
    return condition.isPresent && now - condition.heard > PeerLiveness.patience
  }

  /// The base station beats to those that it counts on, everybody else to the base station.
  private mutating func beat(_ node: Int, at now: Instant) {
    guard node == 0 else { return send(.beat(from: node, to: 0), from: node, at: now) }
    for peer in others where faults?.conditions[peer].isPresent == true {
      let arrival =
        peer <= workers.count
        ? links.beat(toWorker: peer - 1, at: now) : links.beat(toEmulator: peer - 1 - workers.count, at: now)
      if let arrival { queue.add(.fault(.beat(from: 0, to: peer)), .message, at: arrival) }
    }
  }
  private mutating func send(_ step: FaultStep, from node: Int, at now: Instant) {
    let arrival =
      node <= workers.count
      ? links.beat(fromWorker: node - 1, at: now) : links.beat(fromEmulator: node - 1 - workers.count, at: now)
    if let arrival { queue.add(.fault(step), .message, at: arrival) }
  }
  private mutating func sendSurely(from node: Int, at now: Instant) -> Instant {
    node <= workers.count
      ? links.farewell(fromWorker: node - 1, at: now) : links.finished(from: node - 1 - workers.count, at: now)
  }

  private mutating func lose(_ peer: Int, _ cause: String, at now: Instant) {
    guard !baseStation.isOver else { return }
    note(.peerLost(node: nodes[peer].name, cause: cause), by: 0, at: now)
    faults?.conditions[peer].isPresent = false
    tell(peer, isLost: true, at: now)
    if peer > workers.count { endIfAllAreFinished(at: now) }
  }
  private mutating func regain(_ peer: Int, at now: Instant) {
    guard !baseStation.isOver else { return }
    note(.peerReturned(node: nodes[peer].name), by: 0, at: now)
    faults?.conditions[peer].isPresent = true
    tell(peer, isLost: false, at: now)
  }
  private mutating func tell(_ peer: Int, isLost: Bool, at now: Instant) {
    let worker = WorkerID(peer - 1)
    let change: PeerChange =
      peer <= workers.count
      ? (isLost ? .workerLost(worker) : .workerReturned(worker))
      : (isLost ? .devicesLost(nodes[peer].devices) : .devicesReturned(nodes[peer].devices))
    stepBaseStation(.received(.peers(change)), at: now)
  }

  private mutating func endWithoutStation(_ node: Int, at now: Instant) {
    guard let faults, now - faults.conditions[node].heardStation > faults.silence else { return }
    note(.peerLost(node: nodes[0].name, cause: "silent"), by: node, at: now)
    stop(node, cause: "base-station fell silent", at: now)
  }

  /// What a node's port records.
  private mutating func note(_ record: TraceRecord, by node: Int, at now: Instant) {
    let shown = reading(of: node, at: now)
    if node == 0 {
      baseStation.record(record, at: shown)
    } else if node <= workers.count {
      workers[node - 1].record(record, at: shown)
    } else {
      emulators[node - 1 - workers.count].record(record, at: shown)
    }
  }

  // MARK: Clocks

  /// As live, a node has asked before it starts, so that even the shortest life has a known clock.
  private mutating func beginProbing(_ node: Int, at now: Instant) {
    let links = setup.topology.simulation.links
    let latency = node <= workers.count ? links.stationWorker.latency : links.deviceStation.latency
    let shown = (sent: reading(of: node, at: now - latency * 2), received: reading(of: node, at: now))
    note(.clockProbe(sent: shown.sent, peer: now - latency, received: shown.received), by: node, at: now)
    let part = faults?.conditions[node].part ?? 1
    queue.add(.fault(.probe(node, part: part)), .timer, at: now + FaultDriver.probeInterval)
  }
  private mutating func probe(_ node: Int, _ part: Int, at now: Instant) {
    queue.add(.fault(.probe(node, part: part)), .timer, at: now + FaultDriver.probeInterval)
    guard let arrival = faults?.probes[node]?.up.send(at: now, bytes: wireHeader + 8) else { return }
    let sent = reading(of: node, at: now)
    queue.add(.fault(.probeAsked(node, part: part, sent: sent)), .message, at: arrival)
  }
}

extension Simulation.Step {
  /// Timers go before messages that wait.
  fileprivate var isTimer: Bool {
    switch self {
    case .baseStation(.fired), .worker(_, _, .fired), .emulator(_, _, .fired), .fault(.probe): true
    default: false
    }
  }
}

extension DeviceUplink {
  /// Whose it is.
  fileprivate var device: DeviceID {
    switch self {
    case .offer(let task): task.id.device
    case .settled(let task, _): task.device
    }
  }
}
