import EdgeModel
import Testing
import TraceLog

@testable import TraceAnalysis

struct TraceDecoderTests {
  @Test(arguments: 0..<RandomRecords.kinds)
  func everyRecordSurvivesWritingAndReading(kind: Int) throws {
    var encoder = TraceEncoder()
    for seed in 0..<200 {
      var random = RandomRecords(seed: seed)
      let record = random.record(kind)
      let instant = random.instant()
      let line = encoder.encode(record, sequence: seed, at: instant)
      let read = try TraceDecoder.decode(line)
      #expect(read == StampedRecord(sequence: seed, instant: instant, record: record))
    }
  }

  @Test func kindsAreAllThere() {
    var random = RandomRecords(seed: 0)
    #expect(Set((0..<RandomRecords.kinds).map { random.record($0).event }).count == RandomRecords.kinds)
  }

  /// Any bytes are survived; what is accepted is a record that can be written again.
  @Test(arguments: 0..<RandomRecords.kinds)
  func mutatedLinesAreSurvived(kind: Int) throws {
    var encoder = TraceEncoder()
    var random = RandomStream(seed: 7, device: DeviceID(kind), purpose: "mutation")
    for seed in 0..<300 {
      var records = RandomRecords(seed: seed)
      var line = encoder.encode(records.record(kind), sequence: seed, at: .start)
      for _ in 0..<Int.random(in: 1...4, using: &random) { mutate(&line, &random) }
      guard let read = try? TraceDecoder.decode(line) else { continue }
      _ = encoder.encode(read.record, sequence: read.sequence, at: read.instant)
    }
  }

  private func mutate(_ line: inout [UInt8], _ random: inout RandomStream) {
    guard !line.isEmpty else { return }
    let place = Int.random(in: 0..<line.count, using: &random)
    switch Int.random(in: 0...5, using: &random) {
    case 0: line[place] = UInt8.random(in: 0...255, using: &random)
    case 1: line.remove(at: place)
    case 2: line.insert(contentsOf: Array("99999999999999999999".utf8), at: place)
    case 3: line.removeLast(line.count - place)
    case 4: line.insert(UInt8.random(in: 32...126, using: &random), at: place)
    default: line.insert(contentsOf: line[place...].prefix(12), at: place)
    }
  }

  @Test(arguments: [
    (#"{"seq":0,"t_ns":0}"#, "\"event\" is missing"),
    (#"{"seq":0,"t_ns":0,"event":"teaTime"}"#, "the event \"teaTime\" is unknown"),
    (#"{"seq":0,"t_ns":99999999999999999999,"event":"stopped","cause":""}"#, "\"t_ns\" is not a whole number"),
    (#"{"seq":0,"t_ns":9000000000000000000,"event":"stopped","cause":""}"#, "\"t_ns\" is out of range"),
    (#"{"seq":0,"t_ns":0,"event":"stopped","cause":3}"#, "\"cause\" is a number, not a string"),
    (#"{"seq":0,"t_ns":0,"event":"taskEnded","device":0,"task":0,"outcome":"fine"}"#, "\"fine\", which is unknown"),
    (#"[1]"#, "an array stands where an object is expected"), (#"{"seq":0"#, "not JSON"),
  ])
  func badLinesSayWhatIsWrong(line: String, message: String) {
    let error = #expect(throws: TraceLineError.self) { try TraceDecoder.decode(line.utf8) }
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
  }

  @Test func unknownMembersArePassedOver() throws {
    let line = #"{"new":[1,{"a":2}],"seq":0,"t_ns":0,"event":"stopped","more":null,"cause":"x"}"#
    #expect(try TraceDecoder.decode(line.utf8).record == .stopped(cause: "x"))
  }
}
