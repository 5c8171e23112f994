import EdgeModel
import PlainJSON
import Testing
import TraceLog

struct TraceEncoderTests {
  @Test func lineIsStampedJSONWithItsNewline() throws {
    var encoder = TraceEncoder()
    let task = TaskID(device: 3, number: 17)
    let line = encoder.encode(.grantReceived(task, frame: 9), sequence: 4, at: Instant(nanoseconds: -5))
    #expect(
      String(decoding: line, as: UTF8.self)
        == #"{"seq":4,"t_ns":-5,"event":"grantReceived","device":3,"task":17,"frame":9}"# + "\n")
  }

  @Test func extremeIntegersAndOddTextSurvive() throws {
    var encoder = TraceEncoder()
    let line = encoder.encode(
      .messageRejected(from: "a\"b\\\n\u{1}é", reason: ""), sequence: .max, at: Instant(nanoseconds: .min))
    let json = try JSON(utf8: line)
    #expect(json["seq"]?.integer == .max)
    #expect(json["t_ns"]?.integer == .min)
    #expect(json["from"]?.string == "a\"b\\\n\u{1}é")
  }

  @Test func numbersThatJSONLacksAreNull() throws {
    var encoder = TraceEncoder()
    let answer = TaskAnswer(task: TaskID(device: 0, number: 0), exit: 1, predicted: 2, confidence: .nan)
    let line = encoder.encode(.taskExited(answer, batch: 0, plannedExit: 1), sequence: 0, at: .start)
    #expect(try JSON(utf8: line)["confidence"]?.isNull == true)
  }
}
