import EdgeModel
import Foundation
import Nodes
import PlainJSON
import Testing
import Wire
import ZeroMQ

/// One real `edge-worker`; the test plays its base station and all of its devices, and may send what it likes.
final class LoneWorker {
  private let station: Socket
  private let devices: Socket
  private let worker: Part
  private let program: RunningProgram
  private let traces: String
  /// CLOCK_MONOTONIC at the run's start [ns].
  private let began: Int64
  private(set) var reports: [BatchReport] = []
  private(set) var answers: [BatchAnswer] = []
  private(set) var dropped: [TaskID] = []
  /// What is sent to the worker on behalf of nobody: plans of it are over at once.
  private static let nobody = DeviceID(9999)
  /// Of both, in one order.
  private var nextBatch = 0

  /// Until the worker has an engine.
  private static let patience = 120.0

  private init(
    _ station: consuming Socket, _ devices: consuming Socket, _ worker: Part, _ program: RunningProgram, traces: String,
    began: Int64
  ) {
    self.station = station
    self.devices = devices
    self.worker = worker
    self.program = program
    self.traces = traces
    self.began = began
  }

  /// Brings a worker that hosts `models` to the start of a run; `engine` says which it has.
  static func start(_ engine: [String], models: [String], in place: Workplace) async throws -> LoneWorker {
    let context = try Context()
    let station = try Socket(context, .router)
    let traces = place.path("traces")
    try FileManager.default.createDirectory(atPath: traces, withIntermediateDirectories: true)
    let program = try RunningProgram(
      "edge-worker",
      [
        "--base-station", try station.bind("tcp://127.0.0.1:*"), "--silence", "3600s", "--traces", traces, "--cache",
        place.path("cache"),
      ] + models.flatMap { ["--model", $0] } + engine, in: place)
    let (worker, first) = try await next(station, of: program)
    guard case .hello(let hello) = first else { throw Strange(said: "\(first)") }
    var options = SocketOptions()
    options.routingID = Array("devices".utf8)
    let devices = try Socket(context, .dealer, options)
    try devices.connect(hello.endpoint)
    _ = try station.send(
      Message(
        worker,
        Part(
          copying: StationToWorker.welcome(
            StationWelcome(run: "lone", boot: hello.boot, clockEndpoint: ""), worker: 0
          ).encoded)))
    guard case .ready = try await next(station, of: program).message else { throw Strange(said: "no ready") }
    let began = monotonicNow()
    _ = try station.send(Message(worker, Part(copying: StationToWorker.start(monotonic: began).encoded)))
    return LoneWorker(station, devices, worker, program, traces: traces, began: began)
  }
  private struct Strange: Error { var said: String }

  private static func next(
    _ station: borrowing Socket, of program: RunningProgram
  ) async throws -> (worker: Part, message: WorkerToStation) {
    let deadline = ContinuousClock.now + .seconds(patience)
    while ContinuousClock.now < deadline, program.process.isRunning {
      if let message = try station.receive(), message.count == 2 { return (message[0], try decoded(message[1])) }
      try await Task.sleep(for: .milliseconds(5))
    }
    throw Strange(said: "nothing; \(program.standardError)")
  }
  private static func decoded<Message: WireMessage>(_ part: Part) throws -> Message {
    try part.withUnsafeBytes { (bytes) throws(WireError) in try Message(decoding: bytes) }
  }

  // MARK: The base station

  /// Plans are numbered as they are sent.
  private func reserve(_ count: Int) -> BatchID {
    defer { nextBatch += count }
    return BatchID(nextBatch)
  }
  private func tell(_ message: StationToWorker) throws {
    #expect(try station.send(Message(worker, Part(copying: message.encoded))) == .sent)
  }

  /// The numbers that the members' features are sent for.
  func open(_ members: [BatchPlan.Member], rule: BatchingRule) throws -> [BatchID] {
    let plan = OpenPlan(
      id: reserve(members.count), frame: 1, worker: 0, rule: rule, members: members.map { OpenPlan.Member($0) })
    try tell(.open(plan))
    return members.indices.map(plan.reserved)
  }
  /// A batch that starts so long from now.
  func plan(_ members: [BatchPlan.Member], of model: ModelID, after delay: Duration) throws -> BatchID {
    let now = Instant(nanoseconds: monotonicNow() - began)
    let plan = BatchPlan(
      id: reserve(1), frame: 1, worker: 0, model: model, start: now + delay, members: members)
    try tell(.plan(plan))
    return plan.id
  }

  /// Waits until the worker has all plans that were sent: features come over another connection, and one that overtakes
  /// its plan is rejected. The last of them is a batch that nobody is in, which is over at once.
  func awaitPlans(featureBytes: Int) async throws {
    let member = BatchPlan.Member(
      task: TaskID(device: Self.nobody, number: nextBatch), exit: 1, featureBytes: featureBytes, uploadEnd: .start,
      completion: .start)
    let batch = try plan([member], of: 0, after: .zero)
    try await hear { $0.reports.contains { $0.batch == batch } }
  }

  // MARK: The devices

  func send(_ chunk: FeatureChunk, _ bytes: ArraySlice<UInt8>) async throws {
    let message = Message(Part(copying: EmulatorToWorker.chunk(chunk).encoded), Part(copying: Array(bytes)))
    while try devices.send(message) != .sent {
      try #require(program.process.isRunning, "\(program.standardError)")
      try await Task.sleep(for: .milliseconds(1))
    }
  }

  /// Takes in what comes until `condition` holds.
  func hear(until condition: (LoneWorker) -> Bool) async throws {
    let isMet = try await eventually(within: 60) {
      guard (try? hear()) != nil else { return false }
      return condition(self) || !program.process.isRunning
    }
    try #require(isMet && program.process.isRunning, "\(program.standardError)")
  }
  private func hear() throws {
    while let message = try station.receive() {
      if case .report(let report) = try Self.decoded(message[1]) as WorkerToStation { reports.append(report) }
    }
    while let message = try devices.receive() {
      switch try Self.decoded(message[0]) as WorkerToEmulator {
      case .answers(let some): answers += some
      case .dropped(let task, _, _): dropped.append(task)
      case .welcome: break
      }
    }
  }

  /// Ends the run; the worker's trace.
  func stop() async throws -> [JSON] {
    try tell(.stop(cause: ""))
    #expect(try await program.end(within: 60) == 0, "\(program.standardError)")
    let text = try String(contentsOfFile: "\(traces)/w0.jsonl", encoding: .utf8)
    return try text.split(separator: "\n").map { try JSON(String($0)) }
  }
}
