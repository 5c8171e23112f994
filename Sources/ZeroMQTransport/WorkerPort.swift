import DequeModule
import EdgeModel
import Nodes
import TraceLog
import Wire
import ZeroMQ

/// An edge worker's sockets: one to the base station, one that listens for devices.
struct WorkerPort: NodePort, ~Copyable {
  typealias Connected = EdgeWorker
  /// Largest message the base station sends: a plan of thousands of members.
  private static let largestMessage = 1 << 20
  private static let messagesPerTurn = 256
  /// Batches that may wait for the engine's thread; plans are a frame apart, so more than a few means it hangs.
  private static let waitingJobs = 256

  private let setup: WorkerSession.Setup
  private var process: NodeProcess
  private let station: DealerLink
  private let devices: RouterLink
  /// One for each engine instance.
  private let engines: [WorkThread<BatchJob, EngineReply>]
  private let enginesIndex: [Int]
  /// Of the only engine, where it has processors of its own: on shared ones a loop that looks would take them from it.
  private var watch: EngineWatch?
  private var look = Instant.distantFuture
  /// What an engine said last; kept for its memory.
  private var heard: [EngineReply] = []
  private var stager: FeatureStager
  /// Features that an engine reads where they were received, until the batch has ended: this thread frees them, and not the
  /// engine's.
  private var held: [BatchID: [BatchJob.Row]] = [:]
  private let sharedClock: SharedClock
  private var membership: StationMembership
  private var tracer: Tracer?
  private var meter = ResourceMeter()
  private var carriers = FeatureCarriers()
  private var inbox: Deque<PortEvent<EdgeWorker>> = []

  init(_ setup: WorkerSession.Setup, _ process: consuming NodeProcess) throws(NodeFailure) {
    let (devices, station): (RouterLink, DealerLink)
    do throws(ZeroMQError) {
      devices = try RouterLink(
        process.context, at: setup.listen, maxMessageBytes: setup.largestChunk + 1024, maxParts: 2, poll: &process.poll)
      station = try DealerLink(
        process.context, to: setup.station, name: setup.identity.name, maxMessageBytes: Self.largestMessage,
        poll: &process.poll)
    } catch { throw NodeFailure(error) }
    guard setup.advertise != nil || !Endpoint.isWildcard(devices.endpoint) else {
      throw NodeFailure(
        "devices cannot be told a wildcard, \(devices.endpoint); say --advertise tcp://HOST:PORT with this host's address"
      )
    }
    let sharedClock = SharedClock()
    var engines: [WorkThread<BatchJob, EngineReply>] = []
    var enginesIndex: [Int] = []
    for instance in 0..<setup.instances {
      let engine = try WorkThread<BatchJob, EngineReply>(name: "engine-\(instance)", bound: Self.waitingJobs) {
        setup.engine(instance, $0, sharedClock)
      }
      enginesIndex.append(process.poll.add(descriptor: engine.replies.descriptor))
      engines.append(engine)
    }
    membership = StationMembership(
      name: setup.identity.name, station: setup.station, forced: setup.probesClock, silence: setup.silence)
    self.setup = setup
    self.devices = devices
    self.station = station
    self.sharedClock = sharedClock
    self.engines = engines
    self.enginesIndex = enginesIndex
    stager = FeatureStager(instances: setup.instances, mostBytes: setup.sideBySideBytes)
    watch = setup.isEngineApart && setup.instances == 1 ? EngineWatch() : nil
    self.process = process
  }

  var now: Instant { membership.clock.now }

  // MARK: Before the run

  /// Says hello, warms its engine, waits for the start; nil where the run is over before that.
  mutating func rendezvous() throws(NodeFailure) -> WorkerConfiguration? {
    let hello = WorkerHello(
      name: setup.identity.name, boot: HostIdentity.boot, topologySHA256: setup.identity.topologySHA256,
      endpoint: setup.advertise ?? devices.endpoint)
    let deadline = monotonicNow() + setup.patience.nanoseconds
    var number: WorkerID?
    var ready: (readiness: WorkerReadiness, engine: String, isPaced: Bool)?
    var isReady = false
    do throws(ZeroMQError) { try tell(.hello(hello)) } catch { throw NodeFailure(error) }
    while true {
      do throws(ZeroMQError) {
        try membership.rehearse(&process.poll)
        if !isReady, number != nil, let ready, membership.isRehearsed {
          isReady = true
          try tell(.ready(ready.readiness))
        }
        try process.wait(until: min(deadline, membership.rehearsalDue))
        try flush()
        _ = try membership.hearProbes(process.poll)
      } catch { throw NodeFailure(error) }
      if let cause = process.stopSignal() {
        throw NodeFailure("stopped, \(setup.identity.name): \(cause) before the start")
      }
      for reply in engines.flatMap({ $0.replies.take() }) {
        switch reply {
        case .ready(let readiness, let name, let isPaced): ready = (readiness, name, isPaced)
        case .failed(let reason): throw NodeFailure(reason)
        case .event: break
        }
      }
      hearDevices()
      var messages = hearStation()[...]
      while let message = messages.popFirst() {
        switch message {
        case .welcome(let welcome, let worker) where number == nil:
          number = worker
          do throws(ZeroMQError) { try membership.join(welcome, process.context, &process.poll) } catch {
            throw NodeFailure(error)
          }
        case .start(let monotonic):
          guard let number, let ready else {
            throw NodeFailure("the run started too early, \(setup.station); run one release everywhere")
          }
          try begin(at: monotonic)
          for message in messages { take(message) }
          return configuration(number, ready.readiness, ready.engine, ready.isPaced)
        case .stop(cause: ""): return nil
        case .stop(let cause): throw NodeFailure("stopped, \(setup.identity.name): \(cause)")
        default: break
        }
      }
      guard monotonicNow() < deadline else { throw membership.timeout(after: setup.patience) }
    }
  }

  private mutating func begin(at monotonic: Int64) throws(NodeFailure) {
    membership.begin(at: monotonic)
    sharedClock.set(membership.clock)
    tracer = try Tracer(setup.identity, role: .edgeWorker, run: membership.run, clock: membership.clock)
    meter = ResourceMeter()
  }

  private func configuration(
    _ number: WorkerID, _ readiness: WorkerReadiness, _ engine: String, _ isPaced: Bool
  ) -> WorkerConfiguration {
    let isSteady = readiness.instances == 1 && setup.speed.steps.isEmpty
    return WorkerConfiguration(
      capability: WorkerCapability(
        worker: number, name: setup.identity.name, engine: engine, isPaced: isPaced, instances: readiness.instances,
        maxBatch: readiness.maxBatch, accuracies: readiness.accuracies),
      featureBytes: readiness.models.map(\.featureBytes),
      speed: setup.speed, mostAhead: isSteady ? setup.mostAhead : 0)
  }

  // MARK: The run

  mutating func next(before deadline: Instant?) throws(NodeFailure) -> PortEvent<EdgeWorker> {
    while true {
      if let event = inbox.popFirst() { return event }
      if let deadline, deadline <= now { return .deadline }
      do throws(ZeroMQError) {
        if try membership.keepAlive(&process.poll) { try tell(.beat) }
        if membership.stationIsSilent {
          record(.peerLost(node: "base-station", cause: "silent"), at: now)
          return .stop(cause: "base-station fell silent")
        }
        try sleep(until: min(membership.due, deadline.map(membership.clock.monotonic) ?? .max))
        try flush()
        for probe in try membership.hearProbes(process.poll) { record(probe, at: now) }
      } catch { throw NodeFailure(error) }
      drain()
    }
  }

  /// Waits for messages, signals and CLOCK_MONOTONIC; where the loop promised the engine to look, until then at most.
  private mutating func sleep(until deadline: Int64) throws(ZeroMQError) {
    let now = now
    let next = watch?.look(after: now) ?? .distantFuture
    if next != look {
      look = next
      // What the engine posted while it relied on an earlier look.
      if !engines[0].replies.willLook(at: look) { return }
    }
    try process.wait(until: min(deadline, look == .distantFuture ? .max : membership.clock.monotonic(look)))
  }

  mutating func send(_ messages: [EdgeWorker.Outbound]) throws(NodeFailure) {
    var answers: [(peer: PeerName, answers: [BatchAnswer])] = []
    do throws(ZeroMQError) {
      for message in messages {
        switch message {
        case .uplink(.report(let report)): try tell(.report(report))
        case .run(let job):
          let job = stager.staged(job)
          if job.sideBySide == nil { held[job.plan.id] = job.rows }
          if engines[job.plan.instance].add(job) {
            watch?.handOver()
          } else {
            job.sideBySide?.giveBack()
            held[job.plan.id] = nil
            inbox.append(
              .message(
                .engine(.failed(job.plan.id, instance: job.plan.instance, reason: "too many batches wait for it"))))
          }
        case .result(.answer(let answer, let batch)):
          guard let peer = carriers[answer.task.device] else { continue }
          let item = BatchAnswer(answer: answer, batch: batch)
          if let index = answers.firstIndex(where: { $0.peer == peer }) {
            answers[index].answers.append(item)
          } else {
            answers.append((peer, [item]))
          }
        case .result(.dropped(let task, let outcome, let reason)):
          // A device none of whose bytes ever came cannot be reached; its own patience ends the task.
          guard let peer = carriers[task.device] else { continue }
          try tell(.dropped(task, outcome, reason: reason), to: peer)
        }
      }
      for (peer, answers) in answers { try tell(.answers(answers), to: peer) }
    } catch { throw NodeFailure(error) }
  }

  mutating func record(_ record: TraceRecord, at instant: Instant) { tracer?.record(record, at: instant) }

  private mutating func drain() {
    if let cause = process.stopSignal() { inbox.append(.stop(cause: cause)) }
    for (engine, index) in zip(engines, enginesIndex)
    where process.poll.isReadable(index) || watch?.isLoaded == true {
      engine.replies.take(into: &heard)
      for reply in heard {
        switch reply {
        case .ready: break
        case .event(let event):
          if let ended = event.endedBatch { held[ended] = nil }
          watch?.hear(event)
          inbox.append(.message(.engine(event)))
        case .failed(let reason): inbox.append(.stop(cause: reason))
        }
      }
    }
    for message in hearStation() { take(message) }
    hearDevices()
  }

  private mutating func take(_ message: StationToWorker) {
    switch message {
    case .plan(let plan):
      carriers.expect(plan)
      inbox.append(.message(.downlink(.plan(plan))))
    case .open(let plan):
      carriers.expect(plan)
      inbox.append(.message(.downlink(.open(plan))))
    case .stop(let cause): inbox.append(.stop(cause: cause))
    case .beat: break
    case .welcome, .start: reject("base-station", "a message that belongs before the start")
    }
  }

  private mutating func hearStation() -> [StationToWorker] {
    guard station.isReadable(process.poll) else { return [] }
    var heard: [StationToWorker] = []
    for _ in 0..<Self.messagesPerTurn {
      do throws(ZeroMQError) {
        guard let message = try station.receive() else { break }
        membership.hearStation()
        do throws(WireError) { heard.append(try decode(message)) } catch { reject("base-station", error.description) }
      } catch { reject("base-station", error.description) }
    }
    return heard
  }

  private mutating func hearDevices() {
    guard devices.isReadable(process.poll) else { return }
    for _ in 0..<Self.messagesPerTurn {
      do throws(ZeroMQError) {
        guard let (peer, parts) = try devices.receive() else { return }
        do throws(WireError) { try take(parts, from: peer) } catch { reject(name(of: peer), error.description) }
      } catch { reject("a device emulator", error.description) }
    }
  }

  private mutating func take(_ parts: [Part], from peer: PeerName) throws(WireError) {
    guard let head = parts.first, parts.count <= 2 else { throw .parts(parts.count) }
    let payload =
      parts.count == 2
      ? FeaturePayload(storage: ReceivedFeature(parts[1]), offset: 0, count: parts[1].count) : nil
    let message = try head.withUnsafeBytes { (bytes) throws(WireError) in
      try EmulatorToWorker(decoding: bytes, payload: payload)
    }
    switch message {
    case .hello:
      do throws(ZeroMQError) { try tell(.welcome, to: peer) } catch { reject(name(of: peer), error.description) }
    case .chunk(let chunk):
      if let carrier = carriers.another(than: peer, for: chunk) {
        return reject(
          name(of: peer), "a chunk for device \(chunk.task.device.number), which \(name(of: carrier)) carries")
      }
      inbox.append(.message(.chunk(chunk)))
    }
  }

  private func name(of peer: PeerName) -> String {
    String(decoding: peer.prefix(64).map { (32..<127).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
  }
  private mutating func tell(_ message: WorkerToStation) throws(ZeroMQError) {
    try station.send(Message(Part(copying: message.encoded)), &process.poll)
  }
  private mutating func tell(_ message: WorkerToEmulator, to peer: PeerName) throws(ZeroMQError) {
    try devices.send(Part(copying: message.encoded), to: peer, &process.poll)
  }
  private mutating func flush() throws(ZeroMQError) {
    try station.flush(&process.poll)
    try membership.flush(&process.poll)
    try devices.flush(&process.poll)
  }
  private mutating func reject(_ sender: String, _ reason: String) {
    if tracer == nil { membership.noteBeforeStart("\(sender): \(reason)") }
    record(.messageRejected(from: sender, reason: reason), at: now)
  }

  // MARK: After the run

  mutating func close(_ statistics: LoopStatistics) throws(NodeFailure) {
    do throws(ZeroMQError) { try tell(.goodbye) } catch { throw NodeFailure(error) }
    for engine in engines { engine.end() }
    let dropped = station.dropped + devices.dropped
    if dropped > 0 { reject("", "\(dropped) messages found their queue full and were dropped") }
    record(.loopStatistics(meter.complete(statistics)), at: now)
    try tracer?.close(at: now)
  }
}
