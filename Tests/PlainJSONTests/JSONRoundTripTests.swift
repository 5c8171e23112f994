import PlainJSON
import Testing

/// What is written reads back, and whatever bytes are read, nothing traps.
@Suite struct JSONRoundTripTests {
  @Test func randomValuesReadBack() throws {
    var random = SeededGenerator(seed: 11)
    for _ in 0..<3000 {
      let value = randomValue(depth: 0, &random)
      #expect(try JSON(utf8: value.utf8Line) == value)
      #expect(try JSON(utf8: value.pretty.utf8) == value)
      #expect(!value.line.contains { $0.isNewline && $0 != "\u{85}" && $0 != "\u{2028}" && $0 != "\u{2029}" })
    }
  }

  @Test func mutatedTextsNeverTrap() {
    var random = SeededGenerator(seed: 12)
    var accepted = 0
    for _ in 0..<20_000 {
      var bytes = randomValue(depth: 0, &random).utf8Line
      for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: place)
        default: bytes.insert("{}[],:\"\\eE.-0u".utf8.randomElement(using: &random) ?? 0, at: place)
        }
      }
      // What reads must also be written and read back alike.
      guard let value = try? JSON(utf8: bytes) else { continue }
      accepted += 1
      #expect((try? JSON(utf8: value.utf8Line)) == value)
    }
    #expect(accepted > 0)
  }

  @Test func randomBytesNeverTrap() {
    var random = SeededGenerator(seed: 13)
    for _ in 0..<20_000 {
      let bytes = (0..<Int.random(in: 0...30, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      _ = try? JSON(utf8: bytes)
    }
  }

  @Test func numbersThatJSONLacksBecomeNull() {
    #expect(JSON.number(.nan).line == "null" && JSON.number(.infinity).line == "null")
    #expect(([1.5, .number(-.infinity)] as JSON).line == "[1.5,null]")
  }
  @Test func controlCharactersAreEscaped() {
    #expect(JSON.string("\u{0}\u{1F}\"\\\n\r\t/é").line == #""\u0000\u001f\"\\\n\r\t/é""#)
  }
  @Test func prettyTextIsIndented() {
    let value: JSON = ["a": [1, 2], "b": [:], "c": [["d": "e"]], "f": []]
    #expect(
      value.pretty == """
        {
          "a": [1, 2],
          "b": {},
          "c": [
            {
              "d": "e"
            }
          ],
          "f": []
        }

        """)
  }

  private func randomValue(depth: Int, _ random: inout SeededGenerator) -> JSON {
    switch Int.random(in: 0..<(depth < 4 ? 8 : 6), using: &random) {
    case 0: return .null
    case 1: return .bool(Bool.random(using: &random))
    case 2: return .integer(Int64(bitPattern: random.next()))
    case 3: return .number(randomDouble(&random))
    case 4, 5: return .string(randomText(&random))
    case 6:
      return .array((0..<Int.random(in: 0...4, using: &random)).map { _ in randomValue(depth: depth + 1, &random) })
    default:
      return .object(
        (0..<Int.random(in: 0...4, using: &random)).map { _ in
          JSON.Member(randomText(&random), randomValue(depth: depth + 1, &random))
        })
    }
  }
  /// Any finite double that is written with a point or an exponent.
  private func randomDouble(_ random: inout SeededGenerator) -> Double {
    let value = Double(bitPattern: random.next())
    return value.isFinite ? value : 0.5
  }
  private func randomText(_ random: inout SeededGenerator) -> String {
    var text = String.UnicodeScalarView()
    for _ in 0..<Int.random(in: 0...8, using: &random) {
      let limit: UInt32 = Bool.random(using: &random) ? 0x80 : 0x11_0000
      if let scalar = Unicode.Scalar(UInt32.random(in: 0..<limit, using: &random)) { text.append(scalar) }
    }
    return String(text)
  }
}

/// SplitMix64, so that a failing round can be run again.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
