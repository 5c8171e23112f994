import EdgeModel

/// What the base station says of itself to everyone who joins.
public struct StationWelcome: Hashable, Sendable {
  /// The run's name, which stands in every trace.
  public var run: String
  /// The base station's boot: where it equals one's own, CLOCK_MONOTONIC is shared.
  public var boot: String
  /// Where it answers clock probes.
  public var clockEndpoint: String
  /// The run has begun without the one who joins, which was started again.
  public var isUnderWay: Bool
  public init(run: String, boot: String, clockEndpoint: String, isUnderWay: Bool = false) {
    self.run = run
    self.boot = boot
    self.clockEndpoint = clockEndpoint
    self.isUnderWay = isUnderWay
  }
}

extension ByteWriter {
  mutating func put(_ welcome: StationWelcome) {
    put(welcome.run)
    put(welcome.boot)
    put(welcome.clockEndpoint)
    put(UInt8(welcome.isUnderWay ? 1 : 0))
  }
}

extension ByteReader {
  mutating func readWelcome() throws(WireError) -> StationWelcome {
    let (run, boot, clockEndpoint) = (try readText(), try readText(), try readText())
    let isUnderWay = try read(UInt8.self)
    guard isUnderWay <= 1 else { throw .badValue("whether the run is under way") }
    return StationWelcome(run: run, boot: boot, clockEndpoint: clockEndpoint, isUnderWay: isUnderWay == 1)
  }
}

// Kinds that mean the same on both of the base station's links.
let startKind: UInt8 = 2
let stopKind: UInt8 = 6

func encodeStart(_ monotonic: Int64) -> [UInt8] {
  var writer = ByteWriter(kind: startKind, capacity: 8)
  writer.put(monotonic)
  return writer.bytes
}

func encodeStop(_ cause: String) -> [UInt8] {
  var writer = ByteWriter(kind: stopKind, capacity: 2 + cause.utf8.count)
  writer.put(cause)
  return writer.bytes
}

extension Outcome {
  var wireCode: UInt8 {
    switch self {
    case .completed: 1
    case .late: 2
    case .refused: 3
    case .expired: 4
    case .lost: 5
    }
  }
  init(wireCode: UInt8) throws(WireError) {
    guard let outcome = Self.allCases.first(where: { $0.wireCode == wireCode }) else { throw .badValue("an outcome") }
    self = outcome
  }
}

extension RefusalReason {
  var wireCode: UInt8 {
    switch self {
    case .accuracy: 1
    case .deadline: 2
    case .workerBusy: 3
    case .batchLimit: 4
    case .bandwidth: 5
    }
  }
  init(wireCode: UInt8) throws(WireError) {
    guard let reason = Self.allCases.first(where: { $0.wireCode == wireCode }) else { throw .badValue("a reason") }
    self = reason
  }
}
