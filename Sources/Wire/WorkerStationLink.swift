public import EdgeModel
public import Nodes
import Units

/// Edge worker → base station.
public enum WorkerToStation: WireMessage, Hashable {
  /// First: who it is and where devices reach it.
  case hello(WorkerHello)
  /// Its engine is warm; what it can do.
  case ready(WorkerReadiness)
  case report(BatchReport)
  case beat
  /// It has heard that the run is over, and goes.
  case goodbye
}

/// What a worker says first.
public struct WorkerHello: Hashable, Sendable {
  public var name: String
  public var boot: String
  public var topologySHA256: String
  /// Where devices connect.
  public var endpoint: String
  public init(name: String, boot: String, topologySHA256: String, endpoint: String) {
    self.name = name
    self.boot = boot
    self.topologySHA256 = topologySHA256
    self.endpoint = endpoint
  }
}

/// What the base station plans with: the worker's own latencies and its model's accuracies.
public struct WorkerReadiness: Hashable, Sendable {
  public var maxBatch: Int
  public var instances: Int
  /// Bytes of the feature that enters block n at `featureBytes[n - 1]`.
  public var featureBytes: [Int]
  /// Accuracy of each exit, exit 1 first, in 0...1; as many as blocks.
  public var accuracies: [Double]
  /// `latencies[n - 1][b - 1]`: p99 envelope of block n with its head for a batch of b, with all instances at work [s];
  /// `maxBatch` each.
  public var latencies: [[Double]]
  /// What it says of models 1, 2, …: with the same batch limit and instances.
  public var furtherModels: [WorkerReadiness]
  public init(
    maxBatch: Int, instances: Int, featureBytes: [Int], accuracies: [Double], latencies: [[Double]],
    furtherModels: [WorkerReadiness] = []
  ) {
    precondition(
      featureBytes.count == latencies.count && accuracies.count == latencies.count
        && latencies.allSatisfy { $0.count == maxBatch }, "one feature size, accuracy and full table per block")
    precondition(furtherModels.allSatisfy { $0.maxBatch == maxBatch && $0.furtherModels.isEmpty }, "one batch limit")
    self.maxBatch = maxBatch
    self.instances = instances
    self.featureBytes = featureBytes
    self.accuracies = accuracies
    self.latencies = latencies
    self.furtherModels = furtherModels
  }
  /// Of model 0, as policies take it.
  public var profile: LatencyProfile {
    LatencyProfile(
      blocks: zip(latencies, accuracies).map { BlockProfile(latency: .table($0), accuracy: $1) })
  }
  public var models: [WorkerReadiness] { [self] + furtherModels }
}

extension WorkerToStation {
  public var encoded: [UInt8] {
    switch self {
    case .hello(let hello):
      var writer = ByteWriter(kind: 1, capacity: 256)
      writer.put(hello.name)
      writer.put(hello.boot)
      writer.put(hello.topologySHA256)
      writer.put(hello.endpoint)
      return writer.bytes
    case .ready(let readiness):
      let blocks = readiness.models.reduce(0) { $0 + $1.latencies.count }
      var writer = ByteWriter(
        kind: 2, capacity: 16 + 4 * readiness.models.count + blocks * (8 * readiness.maxBatch + 12))
      writer.put(count: readiness.maxBatch)
      writer.put(count: readiness.instances)
      writer.put(count: readiness.models.count)
      for model in readiness.models {
        writer.put(count: model.latencies.count)
        for (index, table) in model.latencies.enumerated() {
          writer.put(count: model.featureBytes[index])
          writer.put(model.accuracies[index])
          for latency in table { writer.put(latency) }
        }
      }
      return writer.bytes
    case .report(let report):
      var writer = ByteWriter(kind: 3, capacity: 40 + 8 * report.answered.count)
      writer.put(report.batch)
      writer.put(report.worker)
      writer.put(count: report.instance)
      writer.put(report.started)
      writer.put(report.ended)
      writer.put(count: report.size)
      writer.put(count: report.late)
      writer.put(count: report.answered.count)
      for task in report.answered { writer.put(task) }
      return writer.bytes
    case .beat: return ByteWriter(kind: 5, capacity: 0).bytes
    case .goodbye: return ByteWriter(kind: 7, capacity: 0).bytes
    }
  }

  public init(decoding bytes: UnsafeRawBufferPointer) throws(WireError) {
    var reader = ByteReader(bytes)
    let kind = try reader.readHeader()
    switch kind {
    case 1:
      self = .hello(
        WorkerHello(
          name: try reader.readText(), boot: try reader.readText(), topologySHA256: try reader.readText(),
          endpoint: try reader.readText()))
    case 2: self = .ready(try Self.readReadiness(&reader))
    case 3: self = .report(try Self.readReport(&reader))
    case 5: self = .beat
    case 7: self = .goodbye
    default: throw .unknownKind(kind)
    }
    try reader.finish()
  }

  private static func readReport(_ reader: inout ByteReader) throws(WireError) -> BatchReport {
    let (batch, worker): (BatchID, WorkerID) = (try reader.readID(), try reader.readID())
    let instance = try reader.readInt(0...4096, "an instance")
    let (started, ended) = (try reader.readInstant(), try reader.readInstant())
    let size = try reader.readInt(0...65_536, "a batch's size")
    let late = try reader.readInt(0...65_536, "a number of tasks")
    return BatchReport(
      batch: batch, worker: worker, instance: instance, started: started, ended: ended, size: size,
      answered: try reader.readList(stride: 8) { reader throws(WireError) in try reader.readTask() }, late: late)
  }

  private static func readReadiness(_ reader: inout ByteReader) throws(WireError) -> WorkerReadiness {
    let maxBatch = try reader.readInt(1...65_536, "a batch limit")
    let instances = try reader.readInt(1...4096, "a number of instances")
    let count = try reader.readInt(1...64, "a number of models")
    var models: [WorkerReadiness] = []
    for _ in 0..<count { models.append(try readModel(&reader, maxBatch: maxBatch, instances: instances)) }
    var readiness = models.removeFirst()
    readiness.furtherModels = models
    return readiness
  }

  private static func readModel(
    _ reader: inout ByteReader, maxBatch: Int, instances: Int
  ) throws(WireError) -> WorkerReadiness {
    let blocks = try reader.readInt(1...1024, "a number of blocks")
    guard blocks * (12 + 8 * maxBatch) <= reader.remaining else { throw .truncated }
    var (bytes, accuracies, latencies): ([Int], [Double], [[Double]]) = ([], [], [])
    for _ in 0..<blocks {
      bytes.append(try reader.readInt(1...1 << 30, "a feature's size"))
      accuracies.append(try reader.readDouble(0...1, "an accuracy"))
      var table: [Double] = []
      for _ in 0..<maxBatch { table.append(try reader.readDouble(0...3600, "a latency")) }
      latencies.append(table)
    }
    return WorkerReadiness(
      maxBatch: maxBatch, instances: instances, featureBytes: bytes, accuracies: accuracies, latencies: latencies)
  }
}

/// Base station → edge worker.
public enum StationToWorker: WireMessage, Hashable {
  /// The answer to `hello`: its number.
  case welcome(StationWelcome, worker: WorkerID)
  /// The run starts at this instant of the base station's CLOCK_MONOTONIC [ns].
  case start(monotonic: Int64)
  case plan(BatchPlan)
  case open(OpenPlan)
  case beat
  case stop(cause: String)
}

extension StationToWorker {
  private static let memberStride = 8 + 4 + 4 + 8 + 4 + 8 + 8

  public var encoded: [UInt8] {
    switch self {
    case .welcome(let welcome, let worker):
      var writer = ByteWriter(kind: 1, capacity: 192)
      writer.put(welcome)
      writer.put(worker)
      return writer.bytes
    case .start(let monotonic): return encodeStart(monotonic)
    case .plan(let plan):
      var writer = ByteWriter(kind: 3, capacity: 44 + Self.memberStride * plan.members.count)
      writer.put(plan.id)
      writer.put(plan.frame)
      writer.put(plan.worker)
      writer.put(count: plan.instance)
      writer.put(plan.model)
      writer.put(plan.start)
      writer.put(count: plan.members.count)
      for member in plan.members { writer.put(member) }
      return writer.bytes
    case .open(let plan):
      var writer = ByteWriter(kind: 4, capacity: 40 + (Self.memberStride + 4) * plan.members.count)
      writer.put(plan.id)
      writer.put(plan.frame)
      writer.put(plan.worker)
      writer.put(count: plan.rule.maxBatch)
      writer.put(plan.rule.queueDelay)
      // A negative timeout: none.
      writer.put(plan.rule.timeout ?? .nanoseconds(-1))
      writer.put(count: plan.members.count)
      for member in plan.members {
        writer.put(member.member)
        writer.put(count: member.priority)
      }
      return writer.bytes
    case .beat: return ByteWriter(kind: 5, capacity: 0).bytes
    case .stop(let cause): return encodeStop(cause)
    }
  }

  public init(decoding bytes: UnsafeRawBufferPointer) throws(WireError) {
    var reader = ByteReader(bytes)
    let kind = try reader.readHeader()
    switch kind {
    case 1: self = .welcome(try reader.readWelcome(), worker: try reader.readID())
    case startKind: self = .start(monotonic: try reader.read(Int64.self))
    case 3: self = .plan(try Self.readPlan(&reader))
    case 4: self = .open(try Self.readOpenPlan(&reader))
    case 5: self = .beat
    case stopKind: self = .stop(cause: try reader.readText())
    default: throw .unknownKind(kind)
    }
    try reader.finish()
  }

  private static func readPlan(_ reader: inout ByteReader) throws(WireError) -> BatchPlan {
    let (id, frame, worker): (BatchID, FrameID, WorkerID) = (
      try reader.readID(), try reader.readID(), try reader.readID()
    )
    let instance = try reader.readInt(0...4096, "an instance")
    let model: ModelID = try reader.readID()
    let start = try reader.readInstant()
    let members = try reader.readList(stride: memberStride) { reader throws(WireError) in try reader.readMember() }
    return BatchPlan(
      id: id, frame: frame, worker: worker, instance: instance, model: model, start: start, members: members)
  }

  private static func readOpenPlan(_ reader: inout ByteReader) throws(WireError) -> OpenPlan {
    let (id, frame, worker): (BatchID, FrameID, WorkerID) = (
      try reader.readID(), try reader.readID(), try reader.readID()
    )
    let maxBatch = try reader.readInt(1...65_536, "a batch limit")
    let (delay, timeout) = (try reader.readInstant(), try reader.readInstant())
    guard delay >= .start else { throw .badValue("a queue delay") }
    let rule = BatchingRule(
      maxBatch: maxBatch, queueDelay: delay - .start, timeout: timeout < .start ? nil : timeout - .start)
    let members = try reader.readList(stride: memberStride + 4) { reader throws(WireError) in
      OpenPlan.Member(try reader.readMember(), priority: try reader.readInt(1...1_000_000, "a priority"))
    }
    return OpenPlan(id: id, frame: frame, worker: worker, rule: rule, members: members)
  }
}

extension ByteWriter {
  fileprivate mutating func put(_ member: BatchPlan.Member) {
    put(member.task)
    put(count: member.entry)
    put(count: member.exit)
    // A threshold above 1 can never be reached: the assigned exit.
    if case .confidence(let threshold) = member.rule { put(threshold) } else { put(2.0) }
    put(count: member.featureBytes)
    put(member.uploadEnd)
    put(member.completion)
  }
}

extension ByteReader {
  fileprivate mutating func readMember() throws(WireError) -> BatchPlan.Member {
    let task = try readTask()
    let (entry, exit) = (try readInt(1...1024, "a block"), try readInt(1...1024, "an exit"))
    let threshold = try readDouble(0...2, "a confidence")
    return BatchPlan.Member(
      task: task, entry: entry, exit: exit, rule: threshold > 1 ? .assigned : .confidence(threshold: threshold),
      featureBytes: try readInt(1...1 << 30, "a feature's size"), uploadEnd: try readInstant(),
      completion: try readInstant())
  }
}
