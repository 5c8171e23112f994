import DequeModule
import EdgeModel
import Nodes
import TraceLog
import Wire
import ZeroMQ

/// The base station's sockets: one that listens for device emulators, one for workers; beside them a thread for the
/// policy and one for the clock.
struct StationPort: NodePort, ~Copyable {
  typealias Connected = BaseStation
  /// Largest message a device or worker sends: a readiness with a long table.
  private static let largestMessage = 16 << 20
  private static let messagesPerTurn = 256
  /// Time for the start to reach every node.
  static let startDelay: Int64 = 500_000_000
  /// How long to stay for the others' goodbyes at the end [ns].
  private static let farewell: Int64 = 1_000_000_000

  let setup: StationSession.Setup
  var process: NodeProcess
  let devices: RouterLink
  let workers: RouterLink
  let clockServer: ClockServer
  private let policy: WorkThread<FrameState, PolicyReply>
  private let policyIndex: Int
  var roster: StationRoster
  var clock = RunClock(start: 0)
  var tracer: Tracer?
  var meter = ResourceMeter()
  var liveness = Liveness<PeerName>(now: monotonicNow())
  var inbox: Deque<PortEvent<BaseStation>> = []

  init(_ setup: StationSession.Setup, _ process: consuming NodeProcess) throws(NodeFailure) {
    let (devices, workers, clockServer): (RouterLink, RouterLink, ClockServer)
    do throws(ZeroMQError) {
      devices = try RouterLink(
        process.context, at: setup.devicesEndpoint, maxMessageBytes: Self.largestMessage, poll: &process.poll)
      workers = try RouterLink(
        process.context, at: setup.workersEndpoint, maxMessageBytes: Self.largestMessage, poll: &process.poll)
      clockServer = try ClockServer(process.context, at: setup.clockEndpoint)
    } catch { throw NodeFailure(error) }
    // One frame is allocated at a time; a second asked for meanwhile waits, a third means the policy hangs.
    let policy = try WorkThread<FrameState, PolicyReply>(name: "policy", bound: 2, setup.policy)
    policyIndex = process.poll.add(descriptor: policy.replies.descriptor)
    roster = StationRoster(deviceCount: setup.deviceCount, workers: setup.workers, losses: setup.losses)
    self.setup = setup
    self.devices = devices
    self.workers = workers
    self.clockServer = clockServer
    self.policy = policy
    self.process = process
    setup.tell(.listening(devices: devices.endpoint, workers: workers.endpoint, clock: clockServer.endpoint))
  }

  var now: Instant { clock.now }

  // MARK: The run

  mutating func next(before deadline: Instant?) throws(NodeFailure) -> PortEvent<BaseStation> {
    while true {
      if let event = inbox.popFirst() { return event }
      if let deadline, deadline <= now { return .deadline }
      do throws(ZeroMQError) {
        if let silent = try keepAlive() { return .stop(cause: silent) }
        if !inbox.isEmpty { continue }
        try process.wait(until: min(liveness.nextBeat, deadline.map(clock.monotonic) ?? .max))
        try flush()
        try drain()
      } catch { throw NodeFailure(error) }
    }
  }

  /// What goes to one emulator goes as one message: fifty grants in fifty messages would reach the last device late.
  /// What is for a node that is gone is dropped: the node's own tasks end by their devices' patience.
  mutating func send(_ messages: [BaseStation.Outbound]) throws(NodeFailure) {
    var grants: [PeerName: [UplinkGrant]] = [:]
    var refusals: [PeerName: [RefusedTask]] = [:]
    do throws(ZeroMQError) {
      for message in messages {
        switch message {
        case .downlink(let downlink):
          guard let peer = roster.carrier[downlink.device.number], roster.isPresent(peer) else { continue }
          switch downlink {
          case .grant(let grant): grants[peer, default: []].append(grant)
          case .refused(let task, let reason):
            refusals[peer, default: []].append(RefusedTask(task: task, reason: reason))
          }
        case .plan(let plan, let worker):
          if let peer = roster.peer(of: worker), roster.isPresent(peer) { try tell(.plan(plan), toWorker: peer) }
        case .open(let plan, let worker):
          if let peer = roster.peer(of: worker), roster.isPresent(peer) { try tell(.open(plan), toWorker: peer) }
        case .allocate(let state):
          if !policy.add(state) { reject("policy", "it hangs, frame \(state.frame.number) is left to the fallback") }
        case .progress(let progress): setup.tell(.progress(progress))
        }
      }
      for (peer, grants) in grants { try tell(.grants(grants), toEmulator: peer) }
      for (peer, refused) in refusals { try tell(.refusals(refused), toEmulator: peer) }
    } catch { throw NodeFailure(error) }
  }

  mutating func record(_ record: TraceRecord, at instant: Instant) { tracer?.record(record, at: instant) }

  private mutating func drain() throws(ZeroMQError) {
    if let cause = process.stopSignal() { inbox.append(.stop(cause: cause)) }
    for reply in policy.replies.take() { inbox.append(.message(reply.inbound)) }
    for (peer, message) in hearDevices() { try take(message, from: peer) }
    for (peer, message) in hearWorkers() { try take(message, from: peer) }
  }

  private mutating func take(_ message: EmulatorToStation, from peer: PeerName) throws(ZeroMQError) {
    switch message {
    case .hello(let hello): return try takeBack(hello, peer)
    case .ready: return try takeBack(peer)
    case .goodbye: return try part(from: peer)
    default: guard try isHere(peer) else { return }
    }
    switch message {
    case .offers(let tasks):
      for task in tasks where isCarried(task.id.device, by: peer) { inbox.append(.message(.uplink(.offer(task)))) }
    case .settled(let tasks):
      for settled in tasks where isCarried(settled.task.device, by: peer) {
        inbox.append(.message(.uplink(.settled(settled.task, settled.outcome))))
      }
    case .finished:
      roster.setFinished(peer)
      endIfAllAreFinished()
    case .beat, .hello, .ready, .goodbye: break
    }
  }
  private mutating func take(_ message: WorkerToStation, from peer: PeerName) throws(ZeroMQError) {
    switch message {
    case .hello(let hello): try takeBack(hello, peer)
    case .ready(let readiness): try takeBack(peer, readiness)
    case .goodbye: try part(from: peer)
    case .beat: _ = try isHere(peer)
    case .report(let report):
      guard try isHere(peer) else { return }
      guard report.worker == roster.number(of: peer) else {
        return reject(name(of: peer), "a report for another worker")
      }
      inbox.append(.message(.worker(.report(report))))
    }
  }
  private mutating func isCarried(_ device: DeviceID, by peer: PeerName) -> Bool {
    if device.number < roster.carrier.count, roster.carrier[device.number] == peer { return true }
    reject(name(of: peer), "a message for device \(device.number), which it does not carry")
    return false
  }

  mutating func hearDevices() -> [(PeerName, EmulatorToStation)] {
    guard devices.isReadable(process.poll) else { return [] }
    var heard: [(PeerName, EmulatorToStation)] = []
    for _ in 0..<Self.messagesPerTurn {
      guard let (peer, parts) = receive(from: devices) else { break }
      guard let message: EmulatorToStation = understand(parts, from: peer) else { continue }
      // A hello is heard from anyone, but only who has joined is expected to go on living.
      let isKnown = roster.emulators[peer] != nil
      if case .hello = message {
      } else if !isKnown {
        reject(name(of: peer), "a message of an emulator that has not joined")
        continue
      }
      if roster.isPresent(peer) { liveness.hear(peer, at: monotonicNow()) }
      heard.append((peer, message))
    }
    return heard
  }
  mutating func hearWorkers() -> [(PeerName, WorkerToStation)] {
    guard workers.isReadable(process.poll) else { return [] }
    var heard: [(PeerName, WorkerToStation)] = []
    for _ in 0..<Self.messagesPerTurn {
      guard let (peer, parts) = receive(from: workers) else { break }
      guard let message: WorkerToStation = understand(parts, from: peer) else { continue }
      // A hello is heard from anyone, but only who has joined is expected to go on living.
      let isKnown = roster.workers[peer] != nil
      if case .hello = message {
      } else if !isKnown {
        reject(name(of: peer), "a message of a worker that has not joined")
        continue
      }
      if roster.isPresent(peer) { liveness.hear(peer, at: monotonicNow()) }
      heard.append((peer, message))
    }
    return heard
  }
  /// The next message, an empty one for what broke a limit of the socket, nil when none is left.
  private mutating func receive(from link: RouterLink) -> (peer: PeerName, parts: [Part])? {
    do throws(ZeroMQError) { return try link.receive() } catch {
      reject("a node", error.description)
      return ([], [])
    }
  }
  private mutating func understand<Decoded: WireMessage>(_ parts: [Part], from peer: PeerName) -> Decoded? {
    do throws(WireError) { return try decode(parts) } catch {
      reject(name(of: peer), error.description)
      return nil
    }
  }

  func name(of peer: PeerName) -> String {
    roster.emulators[peer]?.name ?? roster.workers[peer]?.name
      ?? String(decoding: peer.prefix(64).map { (32..<127).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
  }
  mutating func tell(_ message: StationToEmulator, toEmulator peer: PeerName) throws(ZeroMQError) {
    try devices.send(Part(copying: message.encoded), to: peer, &process.poll)
  }
  mutating func tell(_ message: StationToWorker, toWorker peer: PeerName) throws(ZeroMQError) {
    try workers.send(Part(copying: message.encoded), to: peer, &process.poll)
  }
  mutating func flush() throws(ZeroMQError) {
    try devices.flush(&process.poll)
    try workers.flush(&process.poll)
  }
  /// Into the trace; before the run, when there is none, to whoever started this node.
  mutating func reject(_ sender: String, _ reason: String) {
    if tracer == nil { setup.tell(.turnedAway(sender, reason)) }
    record(.messageRejected(from: sender, reason: reason), at: now)
  }

  // MARK: After the run

  /// Ends the run for everyone: in order with an empty cause, else for that cause.
  mutating func close(_ statistics: LoopStatistics, cause: String) throws(NodeFailure) {
    try broadcastStop(cause)
    do throws(ZeroMQError) { try awaitGoodbyes() } catch { throw NodeFailure(error) }
    policy.end()
    clockServer.end()
    for (peers, count) in [("devices", devices.dropped), ("workers", workers.dropped)] where count > 0 {
      reject(peers, "\(count) messages to them found their queue full and were dropped")
    }
    record(.loopStatistics(meter.complete(statistics)), at: now)
    try tracer?.close(at: now)
  }
  /// Stays until everyone has heard that the run is over: what a closing socket still holds may be lost, and always is now
  /// and then over ipc. Who has died does not answer, so there is an end to it.
  private mutating func awaitGoodbyes() throws(ZeroMQError) {
    let deadline = monotonicNow() + Self.farewell
    var present = Set(roster.presentEmulators).union(roster.presentWorkers)
    while !present.isEmpty, monotonicNow() < deadline {
      try process.wait(until: deadline)
      try flush()
      for (peer, message) in hearDevices() where message == .goodbye { present.remove(peer) }
      for (peer, message) in hearWorkers() where message == .goodbye { present.remove(peer) }
      _ = policy.replies.take()
      if process.stopSignal() != nil { return }
    }
  }
  mutating func broadcastStop(_ cause: String) throws(NodeFailure) {
    do throws(ZeroMQError) {
      for peer in roster.emulators.keys { try tell(.stop(cause: cause), toEmulator: peer) }
      for peer in roster.workers.keys { try tell(.stop(cause: cause), toWorker: peer) }
    } catch { throw NodeFailure(error) }
  }
}
