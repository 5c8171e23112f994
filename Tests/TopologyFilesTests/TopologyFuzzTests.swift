import Testing
import TopologyFiles

/// Whatever the bytes are, reading ends with a topology or with problems of one line each.
@Suite struct TopologyFuzzTests {
  @Test func mutatedBytesNeverCrash() throws {
    let workshop = try Workshop()
    var random = SeededGenerator(seed: 20_260)
    var sound = 0
    for round in 0..<2500 {
      let bytes = mutate(Array(Mistake.sound.utf8), &random)
      // Looking at files costs most of the time and depends on few bytes.
      let problems = try workshop.problems(ofBytes: bytes, checkingFiles: round % 8 == 0)
      if problems.isEmpty { sound += 1 }
      for problem in problems {
        #expect(!problem.description.contains { $0.isNewline }, "round \(round)")
        #expect(problem.description.unicodeScalars.count < 2000, "round \(round)")
      }
    }
    #expect(sound > 0 && sound < 2500, "mutations must hit and miss")
  }

  /// A grid that is accepted can be followed, to a topology or to problems.
  @Test func mutatedSweepsNeverCrash() throws {
    let workshop = try Workshop()
    let original = Array(SweepMistake.text(SweepTests.block).utf8)
    let start = Mistake.sound.utf8.count
    var random = SeededGenerator(seed: 4)
    var followed = 0
    for round in 0..<1500 {
      let bytes = original[..<start] + mutate(Array(original[start...]), &random)
      try workshop.write("topology.yaml", bytes: Array(bytes))
      do throws(TopologyError) {
        let path = workshop.directory + "/topology.yaml"
        let file = try SweepFile.read(path: path, policies: Checkout.policies)
        for index in [0, file.count / 2, file.count - 1] { _ = try file.resolve(file.point(index)) }
        followed += 1
      } catch {
        for problem in error.problems {
          #expect(!problem.description.contains { $0.isNewline }, "round \(round)")
        }
      }
    }
    #expect(followed > 0 && followed < 1500, "mutations must hit and miss")
  }

  @Test func randomYAMLNeverCrashes() throws {
    let workshop = try Workshop()
    var random = SeededGenerator(seed: 7)
    let pieces = [
      "{", "}", "[", "]", ",", ": ", "- ", "? ", "\n", "\n  ", "\t", "&a ", "*a", "!!int ", "!x ", "|", ">", "'", "\"",
      "#",
      "---\n", "...\n", "%YAML 1.1\n", "cell", "format: 1\n", "name: a\n", "groups", "5 MHz", "\u{85}", "\u{2028}", "é",
      "<<", "=", "~", "\r", "\\", "@", "`", "0x1f", "1e999",
    ]
    for _ in 0..<2500 {
      let text = (0..<Int.random(in: 1...40, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }
      #expect(try !workshop.problems(of: text.joined()).isEmpty)
    }
  }

  private func mutate(_ original: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    var bytes = original
    for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<6, using: &random) {
      case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 2: bytes.remove(at: place)
      case 3: bytes.insert(" :{}[],-#&*!|>'\"%@\n0e.".utf8.randomElement(using: &random) ?? 0, at: place)
      case 4: bytes.removeSubrange(place..<min(place + Int.random(in: 1...40, using: &random), bytes.count))
      default:
        let piece = bytes[place..<min(place + Int.random(in: 1...40, using: &random), bytes.count)]
        bytes.insert(contentsOf: Array(piece), at: Int.random(in: 0...bytes.count, using: &random))
      }
    }
    return bytes
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
