import EdgeModel
import Testing
import Wire

/// Over a million mutated messages through every decoder: each gives a message or a `WireError`, and what gives a message
/// can be written again.
@Suite struct FuzzTests {
  private static let rounds = 400
  /// Mutations of one message.
  private static let mutations = 9

  @Test(arguments: 0..<40 as Range<UInt64>) func mutatedMessagesNeverTrap(seed: UInt64) throws {
    var make = RandomMessages(seed: seed)
    var (fed, refused) = (0, 0)
    for _ in 0..<Self.rounds {
      let chunk = make.chunk()
      var originals = [
        make.emulatorToStation().encoded, make.stationToEmulator().encoded, make.workerToStation().encoded,
      ]
      originals += [make.stationToWorker().encoded, make.workerToEmulator().encoded, make.probe().encoded]
      originals.append(EmulatorToWorker.chunk(chunk).encoded)
      for (link, original) in originals.enumerated() {
        for _ in 0..<Self.mutations {
          fed += 1
          if !isTaken(mutate(original, &make), by: link) { refused += 1 }
        }
        // A message of one link on another link's socket.
        if !isTaken(original, by: make.number(0...6)) { refused += 1 }
        fed += 1
      }
    }
    #expect(fed == 28_000, "forty seeds make more than a million")
    #expect(refused > fed / 4, "the mutations hardly break anything")
  }

  @Test(arguments: 0..<20 as Range<UInt64>) func randomBytesAreRefused(seed: UInt64) {
    var make = RandomMessages(seed: seed)
    for _ in 0..<200 {
      let bytes = (0..<make.number(0...200)).map { _ in UInt8(make.number(0...255)) }
      for link in 0...6 { #expect(!isTaken(bytes, by: link)) }
    }
  }

  @Test func anotherVersionIsNamed() {
    var bytes = EmulatorToStation.beat.encoded
    bytes[4] = 7
    #expect(throws: WireError.version(7)) { try EmulatorToStation(decoding: bytes) }
    #expect("\(WireError.version(7))".contains("run the same release"))
  }

  private func mutate(_ original: [UInt8], _ make: inout RandomMessages) -> [UInt8] {
    var bytes = original
    for _ in 0..<make.number(1...3) {
      switch make.number(0...4) {
      case 0 where !bytes.isEmpty: bytes[make.number(0...bytes.count - 1)] = UInt8(make.number(0...255))
      case 1 where !bytes.isEmpty: bytes.removeLast(make.number(1...bytes.count))
      case 2: bytes += (0..<make.number(1...20)).map { _ in UInt8(make.number(0...255)) }
      case 3 where bytes.count > 12:
        // Counts and lengths are where decoders break: extremes in a whole word.
        let word: UInt32 = [0, 1, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF][make.number(0...4)]
        withUnsafeBytes(of: word) { bytes.replaceSubrange(8..<12, with: $0) }
      default: if bytes.count > 8 { bytes[make.number(8...bytes.count - 1)] ^= 1 << UInt8(make.number(0...7)) }
      }
    }
    return bytes
  }

  /// Whether link number `link` takes `bytes`; what is taken can be written again and read back.
  private func isTaken(_ bytes: [UInt8], by link: Int) -> Bool {
    switch link {
    case 0: feed(bytes, EmulatorToStation.self)
    case 1: feed(bytes, StationToEmulator.self)
    case 2: feed(bytes, WorkerToStation.self)
    case 3: feed(bytes, StationToWorker.self)
    case 4: feed(bytes, WorkerToEmulator.self)
    case 5: feed(bytes, ClockProbeMessage.self)
    default: (try? decodeChunk(bytes, payload: 512)) != nil
    }
  }
  private func feed<Message: WireMessage & Equatable>(_ bytes: [UInt8], _: Message.Type) -> Bool {
    guard let message = try? Message(decoding: bytes) else { return false }
    #expect((try? Message(decoding: message.encoded)) == message)
    return true
  }
}
