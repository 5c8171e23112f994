public import EdgeModel
import Units

/// Device emulator → base station.
public enum EmulatorToStation: WireMessage, Hashable {
  /// First: who it is and which devices it carries.
  case hello(EmulatorHello)
  /// Connected to every worker, stem loaded.
  case ready
  case offers([InferenceTask])
  case settled([SettledTask])
  /// Life, every quarter of a second.
  case beat
  /// All its devices are done.
  case finished
  /// It has heard that the run is over, and goes.
  case goodbye
}

/// What an emulator says first.
public struct EmulatorHello: Hashable, Sendable {
  public var name: String
  /// `/proc/sys/kernel/random/boot_id`: equal where CLOCK_MONOTONIC is shared.
  public var boot: String
  /// SHA-256 of the topology, hexadecimal; empty for nodes started by hand without one.
  public var topologySHA256: String
  public var devices: [DeviceID]
  public init(name: String, boot: String, topologySHA256: String, devices: [DeviceID]) {
    self.name = name
    self.boot = boot
    self.topologySHA256 = topologySHA256
    self.devices = devices
  }
}

/// How a task ended.
public struct SettledTask: Hashable, Sendable {
  public var task: TaskID
  public var outcome: Outcome
  public init(task: TaskID, outcome: Outcome) {
    self.task = task
    self.outcome = outcome
  }
}

extension EmulatorToStation {
  private static let taskStride = 8 + 8 + 8 + 8 + 8 + 4
  private static let settledStride = 9

  public var encoded: [UInt8] {
    switch self {
    case .hello(let hello):
      var writer = ByteWriter(kind: 1, capacity: 256 + 4 * hello.devices.count)
      writer.put(hello.name)
      writer.put(hello.boot)
      writer.put(hello.topologySHA256)
      writer.put(count: hello.devices.count)
      for device in hello.devices { writer.put(device) }
      return writer.bytes
    case .ready: return ByteWriter(kind: 2, capacity: 0).bytes
    case .offers(let tasks):
      var writer = ByteWriter(kind: 3, capacity: 4 + Self.taskStride * tasks.count)
      writer.put(count: tasks.count)
      for task in tasks {
        writer.put(task.id)
        writer.put(task.generated)
        writer.put(task.deadline)
        writer.put(task.requiredAccuracy)
        writer.put(task.feature.value)
        writer.put(count: task.entry)
      }
      return writer.bytes
    case .settled(let tasks):
      var writer = ByteWriter(kind: 4, capacity: 4 + Self.settledStride * tasks.count)
      writer.put(count: tasks.count)
      for settled in tasks {
        writer.put(settled.task)
        writer.put(settled.outcome.wireCode)
      }
      return writer.bytes
    case .beat: return ByteWriter(kind: 5, capacity: 0).bytes
    case .finished: return ByteWriter(kind: 6, capacity: 0).bytes
    case .goodbye: return ByteWriter(kind: 7, capacity: 0).bytes
    }
  }

  public init(decoding bytes: UnsafeRawBufferPointer) throws(WireError) {
    var reader = ByteReader(bytes)
    let kind = try reader.readHeader()
    switch kind {
    case 1:
      let (name, boot, topology) = (try reader.readText(), try reader.readText(), try reader.readText())
      let devices = try reader.readList(stride: 4) { reader throws(WireError) -> DeviceID in try reader.readID() }
      self = .hello(EmulatorHello(name: name, boot: boot, topologySHA256: topology, devices: devices))
    case 2: self = .ready
    case 3:
      self = .offers(
        try reader.readList(stride: Self.taskStride) { reader throws(WireError) in
          InferenceTask(
            id: try reader.readTask(), generated: try reader.readInstant(), deadline: try reader.readInstant(),
            requiredAccuracy: try reader.readDouble(0...1, "an accuracy"),
            feature: Bits(try reader.readDouble(0...1e12, "a feature's size")),
            entry: try reader.readInt(1...1024, "a block"))
        })
    case 4:
      self = .settled(
        try reader.readList(stride: Self.settledStride) { reader throws(WireError) in
          SettledTask(task: try reader.readTask(), outcome: try Outcome(wireCode: try reader.read(UInt8.self)))
        })
    case 5: self = .beat
    case 6: self = .finished
    case 7: self = .goodbye
    default: throw .unknownKind(kind)
    }
    try reader.finish()
  }
}

/// Base station → device emulator.
public enum StationToEmulator: WireMessage, Hashable {
  /// The answer to `hello`, once every worker is known: where they listen, in the order of their numbers.
  case welcome(StationWelcome, workers: [String])
  /// The run starts at this instant of the base station's CLOCK_MONOTONIC [ns].
  case start(monotonic: Int64)
  case grants([UplinkGrant])
  case refusals([RefusedTask])
  case beat
  case stop(cause: String)
  /// This worker is gone: nothing is to be sent to it until it is back.
  case workerLost(WorkerID)
  case workerReturned(WorkerID)
}

/// A task that is not granted.
public struct RefusedTask: Hashable, Sendable {
  public var task: TaskID
  public var reason: RefusalReason
  public init(task: TaskID, reason: RefusalReason) {
    self.task = task
    self.reason = reason
  }
}

extension StationToEmulator {
  private static let grantStride = 8 + 4 + 4 + 4 + 8 + 8 + 8 + 8 + 4
  private static let refusalStride = 9

  public var encoded: [UInt8] {
    switch self {
    case .welcome(let welcome, let workers):
      var writer = ByteWriter(kind: 1, capacity: 64 * (3 + workers.count))
      writer.put(welcome)
      writer.put(count: workers.count)
      for worker in workers { writer.put(worker) }
      return writer.bytes
    case .start(let monotonic): return encodeStart(monotonic)
    case .grants(let grants):
      var writer = ByteWriter(kind: 3, capacity: 4 + Self.grantStride * grants.count)
      writer.put(count: grants.count)
      for grant in grants {
        writer.put(grant.task)
        writer.put(grant.frame)
        writer.put(grant.batch)
        writer.put(grant.worker)
        writer.put(grant.bandwidth.value)
        writer.put(grant.rate.value)
        writer.put(grant.uploadStart)
        writer.put(grant.uploadEnd)
        writer.put(count: grant.exit)
      }
      return writer.bytes
    case .refusals(let tasks):
      var writer = ByteWriter(kind: 4, capacity: 4 + Self.refusalStride * tasks.count)
      writer.put(count: tasks.count)
      for refused in tasks {
        writer.put(refused.task)
        writer.put(refused.reason.wireCode)
      }
      return writer.bytes
    case .beat: return ByteWriter(kind: 5, capacity: 0).bytes
    case .stop(let cause): return encodeStop(cause)
    case .workerLost(let worker): return Self.encode(worker, kind: 7)
    case .workerReturned(let worker): return Self.encode(worker, kind: 8)
    }
  }
  private static func encode(_ worker: WorkerID, kind: UInt8) -> [UInt8] {
    var writer = ByteWriter(kind: kind, capacity: 4)
    writer.put(worker)
    return writer.bytes
  }

  public init(decoding bytes: UnsafeRawBufferPointer) throws(WireError) {
    var reader = ByteReader(bytes)
    let kind = try reader.readHeader()
    switch kind {
    case 1:
      let welcome = try reader.readWelcome()
      let count = try reader.readInt(0...4096, "a number of workers")
      var workers: [String] = []
      for _ in 0..<count { workers.append(try reader.readText()) }
      self = .welcome(welcome, workers: workers)
    case startKind: self = .start(monotonic: try reader.read(Int64.self))
    case 3:
      self = .grants(
        try reader.readList(stride: Self.grantStride) { reader throws(WireError) in
          UplinkGrant(
            task: try reader.readTask(), frame: try reader.readID(), batch: try reader.readID(),
            worker: try reader.readID(), bandwidth: Hertz(try reader.readDouble(0...1e15, "a bandwidth")),
            rate: BitRate(try reader.readDouble(0...1e18, "a rate")), uploadStart: try reader.readInstant(),
            uploadEnd: try reader.readInstant(), exit: try reader.readInt(1...1024, "an exit"))
        })
    case 4:
      self = .refusals(
        try reader.readList(stride: Self.refusalStride) { reader throws(WireError) in
          RefusedTask(task: try reader.readTask(), reason: try RefusalReason(wireCode: try reader.read(UInt8.self)))
        })
    case 5: self = .beat
    case stopKind: self = .stop(cause: try reader.readText())
    case 7: self = .workerLost(try reader.readID())
    case 8: self = .workerReturned(try reader.readID())
    default: throw .unknownKind(kind)
    }
    try reader.finish()
  }
}
