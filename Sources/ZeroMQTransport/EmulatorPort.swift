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
  private let model: [DeviceID: ModelID]
  private let stem: WorkThread<StemJob, StemReply>
  private let stemIndex: Int
  private var membership: StationMembership
  private var hasJoined = false
  private var tracer: Tracer?
  private var meter = ResourceMeter()
  private var inbox: Deque<PortEvent<DeviceEmulator>> = []

  init(_ setup: EmulatorSession.Setup, _ process: consuming NodeProcess) throws(NodeFailure) {
    let stem = try WorkThread(name: "stem", bound: 1 << 16, setup.stem)
    let station: DealerLink
    do throws(ZeroMQError) {
      station = try DealerLink(
        process.context, to: setup.station, name: setup.identity.name, maxMessageBytes: Self.largestMessage,
        poll: &process.poll)
    } catch { throw NodeFailure(error) }
    stemIndex = process.poll.add(descriptor: stem.replies.descriptor)
    membership = StationMembership(
      name: setup.identity.name, station: setup.station, forced: setup.probesClock, silence: setup.silence)
    model = Dictionary(setup.devices.map { ($0.id, $0.model) }, uniquingKeysWith: { first, _ in first })
    self.setup = setup
    self.stem = stem
    self.station = station
    self.process = process
  }

  var now: Instant { membership.clock.now }

  // MARK: Before the run

  /// Says hello, connects to every worker, waits for the start; nil where the run is over before that.
  mutating func rendezvous() throws(NodeFailure) -> Beginning? {
    let hello = EmulatorHello(
      name: setup.identity.name, boot: HostIdentity.boot, topologySHA256: setup.identity.topologySHA256,
      devices: setup.devices.map(\.id))
    let deadline = monotonicNow() + setup.patience.nanoseconds
    var (isStemReady, isReady, welcomed): (Bool, Bool, Set<Int>) = (false, false, [])
    do throws(ZeroMQError) { try tell(.hello(hello)) } catch { throw NodeFailure(error) }
    while true {
      do throws(ZeroMQError) {
        try membership.rehearse(&process.poll)
        // In a run that is under way a worker may be gone for good.
        let hasWorkers = membership.beginning == .underWay || welcomed.count == workers.count
        if !isReady, hasJoined, isStemReady, hasWorkers, membership.isRehearsed {
          isReady = true
          try tell(.ready)
        }
        try process.wait(until: min(deadline, membership.rehearsalDue))
        try flush()
        _ = try membership.hearProbes(process.poll)
        for index in workers.indices where try hearWelcome(from: index) { welcomed.insert(index) }
      } catch { throw NodeFailure(error) }
      if let cause = process.stopSignal() {
        throw NodeFailure("stopped, \(setup.identity.name): \(cause) before the start")
      }
      for reply in stem.replies.take() {
        switch reply {
        case .ready: isStemReady = true
        case .failed(let reason): throw NodeFailure(reason)
        case .feature: break
        }
      }
      var messages = hearStation()[...]
      while let message = messages.popFirst() {
        switch message {
        case .welcome(let welcome, let endpoints) where !hasJoined: try join(welcome, endpoints)
        case .start(let monotonic):
          try begin(at: monotonic)
          for message in messages { take(message) }
          return membership.beginning
        case .stop(cause: ""): return nil
        case .stop(let cause): throw NodeFailure("stopped, \(setup.identity.name): \(cause)")
        default: break
        }
      }
      guard monotonicNow() < deadline else { throw membership.timeout(after: setup.patience) }
    }
  }

  private mutating func join(_ welcome: StationWelcome, _ endpoints: [String]) throws(NodeFailure) {
    hasJoined = true
    do throws(ZeroMQError) {
      try membership.join(welcome, process.context, &process.poll)
      for endpoint in endpoints {
        let link = try DealerLink(
          process.context, to: endpoint, name: setup.identity.name, maxMessageBytes: Self.largestMessage,
          poll: &process.poll)
        try sayHello(to: link)
        workers.append(link)
      }
    } catch { throw NodeFailure(error) }
  }

  private mutating func begin(at monotonic: Int64) throws(NodeFailure) {
    membership.begin(at: monotonic)
    tracer = try Tracer(setup.identity, role: .device, run: membership.run, clock: membership.clock)
    meter = ResourceMeter()
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
      do throws(ZeroMQError) {
        if try membership.keepAlive(&process.poll) { try tell(.beat) }
        if membership.stationIsSilent {
          record(.peerLost(node: "base-station", cause: "silent"), at: now)
          return .stop(cause: "base-station fell silent")
        }
        try process.wait(until: min(membership.due, deadline.map(membership.clock.monotonic) ?? .max))
        try flush()
        for probe in try membership.hearProbes(process.poll) { record(probe, at: now) }
      } catch { throw NodeFailure(error) }
      drain()
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
          if !stem.add(StemJob(task: task, model: model[task.device] ?? 0, sample: sample)) {
            reject("stem", "its queue is full")
          }
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

  private mutating func drain() {
    if let cause = process.stopSignal() { inbox.append(.stop(cause: cause)) }
    for reply in stem.replies.take() {
      switch reply {
      case .ready: break
      case .feature(let task, let buffer, let took): inbox.append(.message(.featureReady(task, buffer, took: took)))
      case .failed(let reason): inbox.append(.stop(cause: reason))
      }
    }
    for message in hearStation() { take(message) }
    for index in workers.indices { hearResults(from: index) }
  }

  private mutating func take(_ message: StationToEmulator) {
    switch message {
    case .grants(let grants): for grant in grants { inbox.append(.message(.downlink(.grant(grant)))) }
    case .refusals(let tasks):
      for refused in tasks { inbox.append(.message(.downlink(.refused(refused.task, refused.reason)))) }
    case .workerLost(let worker): if workers.indices.contains(worker.number) { workers[worker.number].isMute = true }
    case .workerReturned(let worker): greet(worker)
    case .stop(let cause): inbox.append(.stop(cause: cause))
    case .beat: break
    case .welcome, .start: reject("base-station", "a message that belongs before the start")
    }
  }

  /// A worker that was away may have been started again, and then knows nobody.
  private mutating func greet(_ worker: WorkerID) {
    guard workers.indices.contains(worker.number), workers[worker.number].isMute else { return }
    workers[worker.number].isMute = false
    do throws(ZeroMQError) { try sayHello(to: workers[worker.number]) } catch {
      reject("worker \(worker.number)", error.description)
    }
  }
  private mutating func sayHello(to worker: DealerLink) throws(ZeroMQError) {
    try worker.send(Message(Part(copying: EmulatorToWorker.hello(name: setup.identity.name).encoded)), &process.poll)
  }

  private mutating func hearStation() -> [StationToEmulator] {
    guard station.isReadable(process.poll) else { return [] }
    var heard: [StationToEmulator] = []
    for _ in 0..<Self.messagesPerTurn {
      do throws(ZeroMQError) {
        guard let message = try station.receive() else { break }
        membership.hearStation()
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

  private mutating func tell(_ message: EmulatorToStation) throws(ZeroMQError) {
    try station.send(Message(Part(copying: message.encoded)), &process.poll)
  }
  private mutating func flush() throws(ZeroMQError) {
    try station.flush(&process.poll)
    try membership.flush(&process.poll)
    for worker in workers { try worker.flush(&process.poll) }
  }
  private mutating func reject(_ sender: String, _ reason: String) {
    if tracer == nil { membership.noteBeforeStart("\(sender): \(reason)") }
    record(.messageRejected(from: sender, reason: reason), at: now)
  }

  // MARK: After the run

  /// The devices are done: says so and waits until the base station ends the run; nil, or why it ended otherwise.
  mutating func sayFinished() throws(NodeFailure) -> String? {
    do throws(ZeroMQError) { try tell(.finished) } catch { throw NodeFailure(error) }
    while true {
      guard case .stop(let cause) = try next(before: nil) else { continue }
      if !cause.isEmpty { record(.stopped(cause: cause), at: now) }
      return cause
    }
  }

  mutating func close(_ statistics: LoopStatistics) throws(NodeFailure) {
    do throws(ZeroMQError) { try tell(.goodbye) } catch { throw NodeFailure(error) }
    stem.end()
    let dropped = workers.reduce(station.dropped) { $0 + $1.dropped }
    if dropped > 0 { reject("", "\(dropped) messages found their queue full and were dropped") }
    record(.loopStatistics(meter.complete(statistics)), at: now)
    try tracer?.close(at: now)
  }
}
