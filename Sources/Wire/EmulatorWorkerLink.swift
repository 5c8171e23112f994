public import EdgeModel
public import Nodes

/// Device emulator → edge worker. A chunk's payload is the message's second part and is never copied here.
public enum EmulatorToWorker: Sendable {
  case hello(name: String)
  case chunk(FeatureChunk)
  case beat

  /// The first part; the payload, where there is one, follows as the second.
  public var encoded: [UInt8] {
    switch self {
    case .hello(let name):
      var writer = ByteWriter(kind: 1, capacity: 2 + name.utf8.count)
      writer.put(name)
      return writer.bytes
    case .chunk(let chunk):
      var writer = ByteWriter(kind: 3, capacity: 32)
      writer.put(chunk.task)
      writer.put(chunk.batch)
      writer.put(count: chunk.sample)
      writer.put(count: chunk.offset)
      writer.put(count: chunk.total)
      writer.put(count: chunk.payload.count)
      return writer.bytes
    case .beat: return ByteWriter(kind: 5, capacity: 0).bytes
    }
  }
  public var payload: FeaturePayload? { if case .chunk(let chunk) = self { chunk.payload } else { nil } }

  /// `payload` is the second part, where there was one; its size must be what the first part says.
  public init(decoding bytes: UnsafeRawBufferPointer, payload: FeaturePayload?) throws(WireError) {
    var reader = ByteReader(bytes)
    let kind = try reader.readHeader()
    switch kind {
    case 1: self = .hello(name: try reader.readText())
    case 3:
      guard let payload else { throw .parts(1) }
      let (task, batch): (TaskID, BatchID) = (try reader.readTask(), try reader.readID())
      let sample = Int(try reader.read(UInt32.self))
      let offset = try reader.readInt(0...1 << 30, "an offset")
      let total = try reader.readInt(1...1 << 30, "a feature's size")
      guard try reader.readInt(1...1 << 30, "a chunk's size") == payload.count else {
        throw .badValue("a chunk's size")
      }
      self = .chunk(
        FeatureChunk(task: task, batch: batch, sample: sample, offset: offset, total: total, payload: payload))
    case 5: self = .beat
    default: throw .unknownKind(kind)
    }
    if kind != 3, payload != nil { throw .parts(2) }
    try reader.finish()
  }
}

/// Edge worker → device emulator.
public enum WorkerToEmulator: WireMessage, Hashable {
  /// The answer to `hello`.
  case welcome
  case answers([BatchAnswer])
  case dropped(TaskID, Outcome, reason: String)
}

/// An answer and the batch that gave it.
public struct BatchAnswer: Hashable, Sendable {
  public var answer: TaskAnswer
  public var batch: BatchID
  public init(answer: TaskAnswer, batch: BatchID) {
    self.answer = answer
    self.batch = batch
  }
}

extension WorkerToEmulator {
  private static let answerStride = 8 + 4 + 4 + 8 + 4

  public var encoded: [UInt8] {
    switch self {
    case .welcome: return ByteWriter(kind: 1, capacity: 0).bytes
    case .answers(let answers):
      var writer = ByteWriter(kind: 3, capacity: 4 + Self.answerStride * answers.count)
      writer.put(count: answers.count)
      for item in answers {
        writer.put(item.answer.task)
        writer.put(count: item.answer.exit)
        writer.put(count: item.answer.predicted)
        writer.put(item.answer.confidence)
        writer.put(item.batch)
      }
      return writer.bytes
    case .dropped(let task, let outcome, let reason):
      var writer = ByteWriter(kind: 4, capacity: 16 + reason.utf8.count)
      writer.put(task)
      writer.put(outcome.wireCode)
      writer.put(reason)
      return writer.bytes
    }
  }

  public init(decoding bytes: UnsafeRawBufferPointer) throws(WireError) {
    var reader = ByteReader(bytes)
    let kind = try reader.readHeader()
    switch kind {
    case 1: self = .welcome
    case 3:
      self = .answers(
        try reader.readList(stride: Self.answerStride) { reader throws(WireError) in
          let answer = TaskAnswer(
            task: try reader.readTask(), exit: try reader.readInt(1...1024, "an exit"),
            predicted: try reader.readInt(0...1 << 20, "a class"),
            confidence: try reader.readDouble(0...1, "a confidence"))
          return BatchAnswer(answer: answer, batch: try reader.readID())
        })
    case 4:
      self = .dropped(
        try reader.readTask(), try Outcome(wireCode: try reader.read(UInt8.self)), reason: try reader.readText())
    default: throw .unknownKind(kind)
    }
    try reader.finish()
  }
}
