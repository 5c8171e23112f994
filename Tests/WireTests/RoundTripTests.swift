import EdgeModel
import Nodes
import Testing
import Wire

@Suite struct RoundTripTests {
  @Test(arguments: 0..<400 as Range<UInt64>) func everyMessageComesBackEqual(seed: UInt64) throws {
    var make = RandomMessages(seed: seed)
    func check<Message: WireMessage & Equatable>(_ message: Message) throws {
      #expect(try Message(decoding: message.encoded) == message)
    }
    for _ in 0..<5 {
      try check(make.emulatorToStation())
      try check(make.stationToEmulator())
      try check(make.workerToStation())
      try check(make.stationToWorker())
      try check(make.workerToEmulator())
      try check(make.probe())
    }
  }

  @Test(arguments: 0..<200 as Range<UInt64>) func everyChunkComesBackEqual(seed: UInt64) throws {
    var make = RandomMessages(seed: seed)
    let chunk = make.chunk()
    let decoded = try decodeChunk(EmulatorToWorker.chunk(chunk).encoded, payload: chunk.payload.count)
    guard case .chunk(let back) = decoded else { return #expect(Bool(false), "a chunk came back as another message") }
    #expect(back.task == chunk.task && back.batch == chunk.batch && back.sample == chunk.sample)
    #expect(back.offset == chunk.offset && back.total == chunk.total && back.payload.count == chunk.payload.count)
  }

  @Test func aChunkOfAnotherSizeThanItSaysIsRefused() {
    var make = RandomMessages(seed: 1)
    let chunk = make.chunk()
    let bytes = EmulatorToWorker.chunk(chunk).encoded
    #expect(throws: WireError.badValue("a chunk's size")) { try decodeChunk(bytes, payload: chunk.payload.count + 1) }
    #expect(throws: WireError.parts(1)) { try decodeChunk(bytes, payload: nil) }
    #expect(throws: WireError.parts(2)) { try decodeChunk(EmulatorToWorker.hello(name: "x").encoded, payload: 5) }
  }
}

func decodeChunk(_ bytes: [UInt8], payload count: Int?) throws(WireError) -> EmulatorToWorker {
  let payload = count.map { FeaturePayload(storage: nil, offset: 0, count: $0) }
  let result: Result<EmulatorToWorker, WireError> = bytes.withUnsafeBytes { raw in
    do throws(WireError) { return .success(try EmulatorToWorker(decoding: raw, payload: payload)) } catch {
      return .failure(error)
    }
  }
  return try result.get()
}
