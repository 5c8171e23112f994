import EdgeModel
import Glibc
import Inference
import Nodes
import Units
import Wire
import ZeroMQ

/// Plays base station and devices to one real `edge-worker` process over loopback, and never lets it wait for a feature.
final class WorkerFeeder {
  /// Batches behind the one that the worker runs whose features it has, or gets at the time.
  private static let ahead = 8

  private let context: Context
  private let station: Socket
  private let devices: Socket
  private var poll = PollSet()
  private let stationIndex: Int
  private let patience: Patience
  private let devicesIndex: Int
  /// Until the next feature.
  private let next: TimerDescriptor
  private let worker: Part
  let process: pid_t
  /// The worker's; whole when it has ended.
  let trace: String
  /// Also the number of the next batch.
  private(set) var nextTask = 0
  /// When the worker's run clock began [ns].
  private let begun: Int64
  /// The processors of its engine.
  private let engine: [Int]
  var hasOwnProcessor: Bool { engine.count == 1 }

  /// Starts `program` on `model` and brings it to the start of a run; its trace goes to `traces`, where no other may be.
  ///
  /// `arguments` choose the worker's engine; without a profile it measures. `engine` are the processors of its engine alone,
  /// `others` those of its other threads and of the feeder's.
  init(
    program: String, model: ModelManifest, profile: String?, largest: Int, traces: String, arguments: [String],
    engine: [Int], others: [Int]
  ) throws {
    self.engine = engine
    // Beside one of an earlier worker it would be written under another name, and the earlier one be read.
    trace = "\(traces)/w0.jsonl"
    guard access(trace, F_OK) != 0 else {
      throw EngineError("a worker's trace is there already", at: trace, remedy: "remove it, or name another folder")
    }
    // libzmq's threads start with the first socket.
    try CPUAffinity.keep(on: others)
    context = try Context()
    station = try Socket(context, .router, Self.options())
    let endpoint = try station.bind("tcp://127.0.0.1:*")
    stationIndex = poll.add(station)
    let cpus = CPUList(engine).map { ["--cpus", "\($0)"] } ?? []
    try CPUAffinity.keep(on: engine + others)
    process = try Self.start(
      [
        program, "--base-station", endpoint, "--model", model.directory, "--max-batch", "\(largest)", "--silence",
        "3600s", "--traces", traces, "--die-with-parent",
      ] + (profile.map { ["--profile", $0] } ?? []) + arguments + cpus)
    try CPUAffinity.keep(on: others)
    patience = try Patience(for: process, &poll)
    patience.begin()
    let (worker, hello) = try Self.hear(station, stationIndex, patience, &poll)
    guard case .hello(let hello) = hello else { throw Self.strange }
    self.worker = worker
    var options = Self.options()
    options.routingID = Array("devices".utf8)
    devices = try Socket(context, .dealer, options)
    try devices.connect(hello.endpoint)
    try Self.send(
      .welcome(StationWelcome(run: "bench", boot: hello.boot, clockEndpoint: ""), worker: 0), station, worker)
    guard case .ready = try Self.hear(station, stationIndex, patience, &poll).message else { throw Self.strange }
    patience.rest()
    devicesIndex = poll.add(devices)
    next = try TimerDescriptor()
    _ = poll.add(descriptor: next.descriptor)
    begun = monotonicNow()
    try Self.send(.start(monotonic: begun), station, worker)
  }
  private static let strange = EngineError(
    "the worker says something else than hello and ready", remedy: "use an edge-worker of this release")

  /// What plans are ahead of their features by [us].
  private static let overtaking: UInt32 = 50_000

  private static func options() -> SocketOptions {
    var options = SocketOptions()
    options.linger = .seconds(1)
    options.maxMessageBytes = 1 << 20
    return options
  }

  private static func start(_ arguments: [String]) throws -> pid_t {
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var process: pid_t = 0
    guard posix_spawn(&process, arguments[0], nil, nil, &words, environ) == 0 else {
      throw EngineError("the worker cannot be started", at: arguments[0], remedy: "build it, or name another")
    }
    return process
  }

  private static func hear(
    _ station: borrowing Socket, _ index: Int, _ patience: Patience, _ poll: inout PollSet
  ) throws -> (worker: Part, message: WorkerToStation) {
    while true {
      try poll.wait()
      try patience.look(poll)
      guard poll.isReadable(index), let message = try station.receive(), message.count == 2 else { continue }
      return (message[0], try decoded(message[1]))
    }
  }
  private static func decoded<Message: WireMessage>(_ part: Part) throws -> Message {
    try part.withUnsafeBytes { (bytes) throws(WireError) in try Message(decoding: bytes) }
  }
  private static func send(_ message: StationToWorker, _ station: borrowing Socket, _ worker: Part) throws {
    _ = try station.send(Message(worker, Part(copying: message.encoded)))
  }

  /// Has the worker run `jobs`, full batches all, and gives what the steady part of them took on its clock [ns]: from
  /// the end of the first `skipped` to the end of the last. Features go out `interval` apart [ns].
  func round(_ jobs: [BatchJob], skipped: Int, interval: Int64) throws -> TimeSpent {
    var (sent, ends, answers) = (0, [Instant](), 0)
    var stolen = [Int64]()
    var pace = FeaturePace(interval: interval)
    let expected = jobs.reduce(0) { $0 + $1.rows.count }
    let first = nextTask
    patience.begin()
    defer { patience.rest() }
    for job in jobs { try announce(job) }
    // Plans and features come over two connections: a feature that overtakes its plan is rejected.
    usleep(Self.overtaking)
    var (task, row) = (first, 0)
    while ends.count < jobs.count || answers < expected {
      next.disarm()
      while sent < jobs.count, sent <= ends.count + Self.ahead {
        // The first ones are to be there when the worker begins.
        guard sent <= Self.ahead || pace.isDue(at: monotonicNow()) else {
          next.arm(at: pace.due)
          break
        }
        try upload(jobs[sent].rows[row], as: task, of: task)
        (task, row) = (task + 1, row + 1)
        if row == jobs[sent].rows.count { (sent, row) = (sent + 1, 0) }
      }
      if sent > ends.count + Self.ahead { pace.rest() }
      try poll.wait()
      next.acknowledge()
      try patience.look(poll)
      while let message = try station.receive() {
        let heard: WorkerToStation = try Self.decoded(message[1])
        guard case .report(let report) = heard else { continue }
        guard report.answered.count == jobs[ends.count].rows.count else {
          throw EngineError("the worker did not answer a whole batch", remedy: "look at its trace")
        }
        ends.append(report.ended)
        if ends.count == skipped || ends.count == jobs.count { stolen.append(StolenTime.of(engine)) }
        patience.begin()
      }
      while let message = try devices.receive() {
        let heard: WorkerToEmulator = try Self.decoded(message[0])
        if case .answers(let batch) = heard { answers += batch.count }
      }
    }
    return TimeSpent(
      all: ends[jobs.count - 1].nanoseconds - ends[skipped - 1].nanoseconds, stolen: stolen[1] - stolen[0])
  }

  /// Has the worker run `jobs` as planned batches of `model`, all of which start at one instant, and gives how many rows it
  /// answered; others came late.
  func turn(_ jobs: [BatchJob], of model: ModelID) throws -> Int {
    patience.begin()
    defer { patience.rest() }
    let start = Instant(nanoseconds: monotonicNow() - begun + Self.turnLead)
    let first = nextTask
    for job in jobs {
      let plan = BatchPlan(
        id: BatchID(nextTask), frame: 0, worker: 0, model: model, start: start, members: members(of: job))
      try Self.send(.plan(plan), station, worker)
    }
    usleep(Self.overtaking)
    var task = first
    for job in jobs {
      let batch = task
      for row in job.rows {
        try upload(row, as: task, of: batch)
        task += 1
      }
    }
    var (ended, reported, answers) = (0, 0, 0)
    while ended < jobs.count || answers < reported {
      try poll.wait()
      try patience.look(poll)
      while let message = try station.receive() {
        let heard: WorkerToStation = try Self.decoded(message[1])
        guard case .report(let report) = heard else { continue }
        (ended, reported) = (ended + 1, reported + report.answered.count)
        patience.begin()
      }
      while let message = try devices.receive() {
        let heard: WorkerToEmulator = try Self.decoded(message[0])
        if case .answers(let batch) = heard { answers += batch.count }
      }
    }
    return answers
  }
  /// From a turn's plans to its start: the features have that long [ns].
  private static let turnLead: Int64 = 200_000_000

  /// The batch as an open plan of its own, which is full when its last feature is in.
  private func announce(_ job: BatchJob) throws {
    let first = nextTask
    let members = members(of: job).map { OpenPlan.Member($0) }
    let rule = BatchingRule(maxBatch: job.rows.count, queueDelay: .seconds(100))
    try Self.send(
      .open(OpenPlan(id: BatchID(first), frame: 0, worker: 0, rule: rule, members: members)), station, worker)
  }

  /// Under the next numbers.
  private func members(of job: BatchJob) -> [BatchPlan.Member] {
    let first = nextTask
    nextTask += job.rows.count
    return job.plan.members.enumerated().map { index, member in
      var member = member
      member.task = TaskID(device: 0, number: first + index)
      member.completion = Instant(seconds: 1e6)
      return member
    }
  }

  private func upload(_ row: BatchJob.Row, as number: Int, of batch: Int) throws {
    guard let feature = row.feature else { return }
    for offset in stride(from: 0, to: feature.byteCount, by: Self.largestChunk) {
      let count = min(Self.largestChunk, feature.byteCount - offset)
      let chunk = FeatureChunk(
        task: TaskID(device: 0, number: number), batch: BatchID(batch), sample: row.sample, offset: offset,
        total: feature.byteCount, payload: FeaturePayload(storage: feature, offset: offset, count: count))
      let payload = feature.withFeatureBytes { bytes in
        Part(sharing: feature, bytes: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count]))
      }
      try send(Message(Part(copying: EmulatorToWorker.chunk(chunk).encoded), payload))
    }
  }
  /// What a device may send at once [byte].
  private static let largestChunk = 65_536

  private func send(_ message: Message) throws {
    while try devices.send(message) != .sent {
      poll.setWantsWrite(true, at: devicesIndex)
      try poll.wait()
      try patience.look(poll)
      poll.setWantsWrite(false, at: devicesIndex)
    }
  }

  /// Ends the run and waits for the worker.
  func stop() throws {
    try Self.send(.stop(cause: ""), station, worker)
    var status: Int32 = 0
    waitpid(process, &status, 0)
    guard status == 0 else { throw EngineError("the worker ended with status \(status)", remedy: "see above") }
  }
}
