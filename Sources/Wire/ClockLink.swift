/// A node asks the base station what time it is; the answer carries the question back.
public struct ClockProbeMessage: WireMessage, Hashable {
  /// The asker's CLOCK_MONOTONIC when it asked [ns].
  public var asked: Int64
  /// The base station's CLOCK_MONOTONIC when it answered [ns]; 0 in a question.
  public var answered: Int64
  public init(asked: Int64, answered: Int64 = 0) {
    self.asked = asked
    self.answered = answered
  }
  public var encoded: [UInt8] {
    var writer = ByteWriter(kind: 1, capacity: 16)
    writer.put(asked)
    writer.put(answered)
    return writer.bytes
  }
  public init(decoding bytes: UnsafeRawBufferPointer) throws(WireError) {
    var reader = ByteReader(bytes)
    let kind = try reader.readHeader()
    guard kind == 1 else { throw .unknownKind(kind) }
    self.init(asked: try reader.read(Int64.self), answered: try reader.read(Int64.self))
    try reader.finish()
  }
}
