import DequeModule
import EdgeModel
import Nodes
import TraceLog
import Wire
import ZeroMQ

/// A device emulator's sockets: one to the base station, one to each worker.
struct EmulatorPort: NodePort, ~Copyable {
  typealias Connected = DeviceEmulator
  /// Largest message anyone sends to an emulator: a frame's grants for a thousand devices.
  private static let largestMessage = 1 << 20
  /// Messages taken from one socket before the others, and the timers, get a turn.
  private static let messagesPerTurn = 256

  private let setup: EmulatorSession.Setup
  private var process: NodeProcess
  private let station: DealerLink
  private var workers: [DealerLink] = []
  private let stem: WorkThread<StemJob, StemReply>
  private let stemIndex: Int
  private var prober: ClockProber?
  private var clock = RunClock(start: 0)
  private var tracer: Tracer?
  private var meter = ResourceMeter()
  private var liveness = Liveness<String>(now: monotonicNow())
  private var inbox: Deque<PortEvent<DeviceEmulator>> = []

  init(_ setup: EmulatorSession.Setup, _ process: consuming NodeProcess) throws(NodeFailure) {
    self.setup = setup
    stem = try WorkThread(name: "stem", bound: 1 << 16, setup.stem)
    var process = process
    stemIndex = process.poll.add(descriptor: stem.replies.descriptor)
    do throws(ZeroMQError) {
      station = try DealerLink(
        process.context, to: setup.station, name: setup.identity.name, maxMessageBytes: Self.largestMessage,
        poll: &process.poll)
    } catch { throw NodeFailure(error) }
    self.process = process
  }

  var now: Instant { clock.now }

  // MARK: Before the run

  /// Says hello, connects to every worker, waits for the start.
  mutating func rendezvous() throws(NodeFailure) {
    do throws(ZeroMQError) {
      let hello = EmulatorHello(
        name: setup.identity.name, boot: HostIdentity.boot, topologySHA256: setup.identity.topologySHA256,
        devices: setup.devices.map(\.id))
      try tell(.hello(hello))
    } catch { throw NodeFailure(error) }
    let deadline = monotonicNow() + Int64(setup.patience.components.seconds) * 1_000_000_000
    var welcome: StationWelcome?
    var (isStemReady, welcomed, isReady): (Bool, Set<Int>, Bool) = (false, [], false)
    var rehearsals = 0
    while true {
      do throws(ZeroMQError) {
        if let prober, rehearsals < ClockProber.rehearsal, prober.due <= monotonicNow() {
          try prober.probe(&process.poll, every: 5_000_000)
          rehearsals += 1
        }
        let isRehearsed = prober == nil || rehearsals >= ClockProber.rehearsal
        if !isReady, welcome != nil, isStemReady, welcomed.count == workers.count, isRehearsed {
          isReady = true
          try tell(.ready)
        }
        try process.wait(until: min(deadline, isRehearsed ? .max : prober?.due ?? .max))
        try flush()
        _ = try prober?.receive(process.poll)
        for index in workers.indices { if try hearWelcome(from: index) { welcomed.insert(index) } }
      } catch { throw NodeFailure(error) }
      if let cause = process.stopSignal() { throw NodeFailure("stopped, \(setup.identity.name): \(cause) before the start") }
      for reply in stem.replies.take() {
        switch reply {
        case .ready: isStemReady = true
        case .failed(let reason): throw NodeFailure(reason)
        case .feature: break
        }
      }
      for message in try hearStation() {
        switch message {
        case .welcome(let said, let endpoints) where welcome == nil:
          welcome = said
          try join(said, endpoints)
        case .start(let monotonic):
          return try begin(at: monotonic, welcome?.run ?? "")
        case .stop(let cause):
          throw NodeFailure("stopped, \(setup.identity.name): \(cause)")
        default: break
        }
      }
      guard monotonicNow() < deadline else {
        throw NodeFailure(
          "the run did not start, \(setup.station): nothing after \(setup.patience.components.seconds) s; start the base station and every node it expects")
      }
    }
  }

  private mutating func join(_ welcome: StationWelcome, _ endpoints: [String]) throws(NodeFailure) {
    do throws(ZeroMQError) {
      for endpoint in endpoints {
        let link = try DealerLink(
          process.context, to: Endpoint.reachable(endpoint, via: setup.station), name: setup.identity.name,
          maxMessageBytes: Self.largestMessage, poll: &process.poll)
        try link.send(Message(Part(copying: EmulatorToWorker.hello(name: setup.identity.name).encoded)), &process.poll)
        workers.append(link)
      }
      if setup.probesClock || welcome.boot != HostIdentity.boot || welcome.boot.isEmpty {
        prober = try ClockProber(
          process.context, to: Endpoint.reachable(welcome.clockEndpoint, via: setup.station),
          name: setup.identity.name, poll: &process.poll)
      }
    } catch { throw NodeFailure(error) }
  }

  private mutating func begin(at monotonic: Int64, _ run: String) throws(NodeFailure) {
    let offset = prober?.offset ?? 0
    clock = RunClock(start: monotonic + offset)
    tracer = try Tracer(setup.identity, role: .device, run: run, clock: clock)
    meter = ResourceMeter()
    liveness = Liveness(now: monotonicNow())
    liveness.hear("base-station", at: monotonicNow())
  }

  private func hearWelcome(from index: Int) throws(ZeroMQError) -> Bool {
    guard workers[index].isReadable(process.poll), let message = try workers[index].receive() else { return false }
    return message[0].withUnsafeBytes { bytes in (try? WorkerToEmulator(decoding: bytes)) == .welcome }
  }

  // MARK: The run

  mutating func next(before deadline: Instant?) throws(NodeFailure) -> PortEvent<DeviceEmulator> {
    while true {
      if let event = inbox.popFirst() { return event }
      if let deadline, deadline <= now { return .deadline }
      do throws(ZeroMQError) { try keepAlive() } catch { throw NodeFailure(error) }
      if let event = inbox.popFirst() { return event }
      let limit = min(liveness.nextBeat, prober?.due ?? .max)
      do throws(ZeroMQError) {
        try process.wait(until: min(limit, deadline.map(clock.monotonic) ?? .max))
        try flush()
      } catch { throw NodeFailure(error) }
      try drain()
    }
  }

  mutating func send(_ messages: [Device.Outbound]) throws(NodeFailure) {
    var (offers, settled): ([InferenceTask], [SettledTask]) = ([], [])
    do throws(ZeroMQError) {
      for message in messages {
        switch message {
        case .uplink(.offer(let task)): offers.append(task)
        case .uplink(.settled(let task, let outcome)): settled.append(SettledTask(task: task, outcome: outcome))
        case .computeFeature(let task, let sample):
          if !stem.add(StemJob(task: task, sample: sample)) { reject("stem", "its queue is full") }
        case .chunk(let chunk, let worker): try send(chunk, to: worker)
        }
      }
      if !offers.isEmpty { try tell(.offers(offers)) }
      if !settled.isEmpty { try tell(.settled(settled)) }
    } catch { throw NodeFailure(error) }
  }

  private mutating func send(_ chunk: FeatureChunk, to worker: WorkerID) throws(ZeroMQError) {
    guard workers.indices.contains(worker.number), let payload = chunk.payload.part else {
      reject("base-station", "a grant for worker \(worker.number), which is not there")
      return
    }
    try workers[worker.number].send(
      Message(Part(copying: EmulatorToWorker.chunk(chunk).encoded), payload), &process.poll)
  }

  mutating func record(_ record: TraceRecord, at instant: Instant) { tracer?.record(record, at: instant) }

  private mutating func drain() throws(NodeFailure) {
    if let cause = process.stopSignal() { inbox.append(.stop(cause: cause)) }
    for reply in stem.replies.take() {
      switch reply {
      case .ready: break
      case .feature(let task, let buffer, let took): inbox.append(.message(.featureReady(task, buffer, took: took)))
      case .failed(let reason): inbox.append(.stop(cause: reason))
      }
    }
    for message in try hearStation() {
      switch message {
      case .grants(let grants): for grant in grants { inbox.append(.message(.downlink(.grant(grant)))) }
      case .refusals(let tasks):
        for refused in tasks { inbox.append(.message(.downlink(.refused(refused.task, refused.reason)))) }
      case .stop(let cause): inbox.append(.stop(cause: cause))
      case .beat: break
      case .welcome, .start: reject("base-station", "a message that belongs before the start")
      }
    }
    for index in workers.indices { hearResults(from: index) }
    do throws(ZeroMQError) {
      for exchange in try prober?.receive(process.poll) ?? [] { recordProbe(exchange) }
    } catch { throw NodeFailure(error) }
  }

  private mutating func recordProbe(_ exchange: (asked: Int64, answered: Int64, received: Int64)) {
    // The base station's run clock starts where this node believes its own to start, less the offset it started with.
    guard let prober else { return }
    _ = prober
    record(
      .clockProbe(
        sent: Instant(nanoseconds: exchange.asked - clock.start),
        peer: Instant(nanoseconds: exchange.answered - stationStart),
        received: Instant(nanoseconds: exchange.received - clock.start)), at: now)
  }

  private mutating func hearStation() throws(NodeFailure) -> [StationToEmulator] {
    guard station.isReadable(process.poll) else { return [] }
    var heard: [StationToEmulator] = []
    for _ in 0..<Self.messagesPerTurn {
      do throws(ZeroMQError) {
        guard let message = try station.receive() else { break }
        liveness.hear("base-station", at: monotonicNow())
        do throws(WireError) {
          heard.append(try decode(message))
        } catch { reject("base-station", error.description) }
      } catch { reject("base-station", error.description) }
    }
    return heard
  }

  private mutating func hearResults(from index: Int) {
    guard workers[index].isReadable(process.poll) else { return }
    for _ in 0..<Self.messagesPerTurn {
      do throws(ZeroMQError) {
        guard let message = try workers[index].receive() else { return }
        do throws(WireError) {
          let result: WorkerToEmulator = try decode(message)
          switch result {
          case .answers(let answers):
            for item in answers { inbox.append(.message(.result(.answer(item.answer, batch: item.batch)))) }
          case .dropped(let task, let outcome, let reason):
            inbox.append(.message(.result(.dropped(task, outcome, reason: reason))))
          case .welcome: break
          }
        } catch { reject("worker \(index)", error.description) }
      } catch { reject("worker \(index)", error.description) }
    }
  }

  private mutating func keepAlive() throws(ZeroMQError) {
    let now = monotonicNow()
    if let prober, prober.due <= now { try prober.probe(&process.poll) }
    guard liveness.isDue(at: now) else { return }
    try tell(.beat)
    if liveness.silent(at: now) != nil {
      record(.peerLost(node: "base-station", cause: "silent"), at: self.now)
      inbox.append(.stop(cause: "base-station fell silent"))
    }
  }

  private mutating func tell(_ message: EmulatorToStation) throws(ZeroMQError) {
    try station.send(Message(Part(copying: message.encoded)), &process.poll)
  }
  private mutating func flush() throws(ZeroMQError) {
    try station.flush(&process.poll)
    for worker in workers { try worker.flush(&process.poll) }
  }
  private mutating func reject(_ sender: String, _ reason: String) {
    record(.messageRejected(from: sender, reason: reason), at: now)
  }

  // MARK: After the run

  /// The devices are done: says so and waits until the base station ends the run; nil, or why it ended otherwise.
  mutating func sayFinished() throws(NodeFailure) -> String? {
    do throws(ZeroMQError) { try tell(.finished) } catch { throw NodeFailure(error) }
    while true {
      if case .stop(let cause) = try next(before: nil) { return cause }
    }
  }

  mutating func close(statistics: (Duration, Double) -> LoopStatistics) throws(NodeFailure) {
    stem.end()
    record(.loopStatistics(statistics(meter.spent, meter.steal)), at: now)
    try tracer?.close(at: now)
  }
}
