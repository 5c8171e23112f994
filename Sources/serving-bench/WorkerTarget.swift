import DequeModule
import EdgeModel
import Nodes
import Terminal
import Units
import Wire
import ZeroMQ

/// An `edge-worker`: this end is its base station and its devices. Each frame's tasks are announced in an open plan a frame
/// ahead, as a base station does; each feature is sent whole at its arrival's instant.
final class WorkerTarget {
  private static let frame: Int64 = 20_000_000
  private static let beat: Int64 = 250_000_000
  private static let grace: Int64 = 2_000_000_000
  private static let devices = 64
  /// More than ever wait: what does not fit is kept here.
  private static let highWaterMark = 100_000

  private let context: Context
  private let station: Socket
  private let stationIndex: Int
  private var uplink: Socket?
  private var uplinkIndex = 0
  private var poll = PollSet()
  private let timer: TimerDescriptor
  private let features: FeatureFile
  private let deadline: Int64
  private let rule: BatchingRule
  private let namesExits: Bool
  private var worker: Part?
  private var deepest = 0
  /// The run clock's zero, and when the worker is told next that its base station lives [ns].
  private var start: Int64 = 0
  private var nextBeat: Int64 = 0
  private var nextBatch = 0
  private var nextFrame = 0
  /// The number of this run's first task over all runs.
  private var firstTask = 0
  private var begin: Int64 = 0
  private var open = 0
  private var unsent: Deque<Message> = []
  private var log = RequestLog([])

  init(
    listen: String, features: FeatureFile, deadline: Int64, rule: BatchingRule, namesExits: Bool
  ) throws(ZeroMQError) {
    context = try Context()
    var options = SocketOptions()
    options.linger = .seconds(1)
    station = try Socket(context, .router, options)
    try station.bind(listen)
    stationIndex = poll.add(station)
    timer = try TimerDescriptor()
    _ = poll.add(descriptor: timer.descriptor)
    self.features = features
    self.deadline = deadline
    self.rule = rule
    self.namesExits = namesExits
  }

  // MARK: Before and after

  /// Waits for the worker, learns what it can do, connects to it, and starts its run.
  func rendezvous(patience: Int64) throws {
    let limit = monotonicNow() + patience
    var isWelcome = false
    while deepest == 0 || !isWelcome {
      guard monotonicNow() < limit else {
        throw UsageError("no worker was ready in time", "--listen", "start one with this as its --base-station")
      }
      timer.arm(at: limit)
      try poll.wait()
      _ = timer.acknowledge()
      for message in try hearStation() {
        switch message {
        case .hello(let hello):
          let welcome = StationWelcome(run: "serving", boot: hello.boot, clockEndpoint: "tcp://127.0.0.1:1")
          try tell(.welcome(welcome, worker: 0))
          try connect(to: hello.endpoint)
        case .ready(let readiness): deepest = readiness.latencies.count
        default: break
        }
      }
      if uplink != nil { isWelcome = try hearWorker().contains(.welcome) || isWelcome }
    }
    start = monotonicNow()
    try tell(.start(monotonic: start))
  }

  private func connect(to endpoint: String) throws {
    var options = SocketOptions()
    options.routingID = Array("devices".utf8)
    options.immediate = false
    options.sendHighWaterMark = Self.highWaterMark
    options.receiveHighWaterMark = Self.highWaterMark
    let socket = try Socket(context, .dealer, options)
    try socket.connect(endpoint)
    uplinkIndex = poll.add(socket)
    _ = try socket.send([Part(copying: EmulatorToWorker.hello(name: "devices").encoded)])
    uplink = consume socket
  }

  /// The orderly end: the worker leaves by itself.
  func end() throws {
    try tell(.stop(cause: ""))
    timer.arm(at: monotonicNow() + 2_000_000_000)
    while !timer.acknowledge() {
      try poll.wait()
      if try hearStation().contains(.goodbye) { return }
      _ = try hearWorker()
    }
  }

  // MARK: A run

  /// Announces and sends all arrivals, and waits for what is still under way behind the last.
  func run(_ arrivals: [Arrival]) throws -> RequestLog {
    let last = arrivals.last?.due ?? 0
    log = RequestLog(arrivals)
    begin = monotonicNow() + 3 * Self.frame
    open = arrivals.count
    var (next, planned, frame) = (0, 0, Int64(0))
    while open > 0 {
      let now = monotonicNow() - begin
      if now > last + Self.grace { break }
      // The frame that begins at `frame` is announced one frame before.
      while planned < arrivals.count, now >= frame - Self.frame {
        let end = arrivals[planned...].firstIndex { $0.due >= frame + Self.frame } ?? arrivals.count
        try announce(arrivals, planned..<end)
        planned = end
        frame += Self.frame
      }
      while next < planned, arrivals[next].due <= now {
        try send(arrivals[next], as: next)
        next += 1
      }
      try keepAlive()
      let due = next < planned ? arrivals[next].due : last + Self.grace
      timer.arm(at: min(nextBeat, begin + min(due, planned < arrivals.count ? frame - Self.frame : due)))
      try poll.wait()
      _ = timer.acknowledge()
      _ = try hearStation()
      for message in try hearWorker() { conclude(message) }
      try flush()
    }
    log.close()
    firstTask += arrivals.count
    return log
  }

  private func announce(_ arrivals: [Arrival], _ range: Range<Int>) throws {
    let members = range.map { index in
      let arrival = arrivals[index]
      return OpenPlan.Member(
        BatchPlan.Member(
          task: task(index), exit: namesExits ? min(arrival.exit, deepest) : deepest,
          featureBytes: features.featureBytes,
          uploadEnd: instant(arrival.due), completion: instant(arrival.due + deadline)))
    }
    for (offset, index) in range.enumerated() { log.records[index].batch = nextBatch + offset }
    try tell(
      .open(OpenPlan(id: BatchID(nextBatch), frame: FrameID(nextFrame), worker: 0, rule: rule, members: members)))
    nextBatch += members.count
    nextFrame += 1
  }

  private func send(_ arrival: Arrival, as index: Int) throws {
    let chunk = FeatureChunk(
      task: task(index), batch: BatchID(log.records[index].batch), sample: arrival.sample, offset: 0,
      total: features.featureBytes, payload: FeaturePayload(storage: nil, offset: 0, count: features.featureBytes))
    unsent.append([Part(copying: EmulatorToWorker.chunk(chunk).encoded), features.part(of: arrival.sample)])
    log.records[index].sent = monotonicNow() - begin
    try flush()
  }

  /// Sends what waits, as far as libzmq takes it.
  private func flush() throws {
    while let message = unsent.first {
      guard try uplink?.send(message) == .sent else { break }
      unsent.removeFirst()
    }
    poll.setWantsWrite(!unsent.isEmpty, at: uplinkIndex)
  }

  private func conclude(_ message: WorkerToEmulator) {
    let now = monotonicNow() - begin
    switch message {
    case .answers(let answers):
      for item in answers {
        guard let index = index(of: item.answer.task) else { continue }
        log.records[index].outcome = .answered
        log.records[index].answered = now
        log.records[index].predicted = item.answer.predicted
        log.records[index].batch = item.batch.number
        open -= 1
      }
    case .dropped(let task, let outcome, _):
      guard let index = index(of: task) else { return }
      log.records[index].outcome = .rejected
      log.records[index].answered = now
      log.records[index].status = outcome.rawValue
      open -= 1
    case .welcome: break
    }
  }

  // MARK: Names and clocks

  private func task(_ index: Int) -> TaskID {
    let number = firstTask + index
    return TaskID(device: DeviceID(number % Self.devices), number: number / Self.devices)
  }
  /// nil for a task of an earlier run.
  private func index(of task: TaskID) -> Int? {
    let index = task.number * Self.devices + task.device.number - firstTask
    return log.records.indices.contains(index) ? index : nil
  }
  private func instant(_ due: Int64) -> Instant { Instant(nanoseconds: begin + due - start) }

  // MARK: Messages

  private func keepAlive() throws {
    guard monotonicNow() >= nextBeat else { return }
    nextBeat = monotonicNow() + Self.beat
    try tell(.beat)
  }
  private func tell(_ message: StationToWorker) throws {
    guard let worker else { return }
    _ = try station.send([worker, Part(copying: message.encoded)])
  }
  private func hearStation() throws -> [WorkerToStation] {
    var heard: [WorkerToStation] = []
    while poll.isReadable(stationIndex), let message = try station.receive(), message.count == 2 {
      worker = Part(copying: message[0].withUnsafeBytes { Array($0) })
      heard.append(try message[1].withUnsafeBytes { try WorkerToStation(decoding: $0) })
    }
    return heard
  }
  private func hearWorker() throws -> [WorkerToEmulator] {
    var heard: [WorkerToEmulator] = []
    while poll.isReadable(uplinkIndex), let message = try uplink?.receive(), let part = message.first {
      heard.append(try part.withUnsafeBytes { try WorkerToEmulator(decoding: $0) })
    }
    return heard
  }
}
