import EdgeModel
import Nodes
import Testing
import Units
import Wire

/// The format as Docs/Wire.md has it. A change here is a new `Wire.version`.
@Suite struct GoldenBytesTests {
  private func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  @Test func aBeat() { #expect(hexadecimal(EmulatorToStation.beat.encoded) == "4f46525004050000") }

  @Test func aGrant() {
    let grant = UplinkGrant(
      task: TaskID(device: 3, number: 17), frame: 42, batch: 7, worker: 1, bandwidth: Hertz(1e6), rate: BitRate(2e6),
      uploadStart: Instant(nanoseconds: 4_200_000_000), uploadEnd: Instant(nanoseconds: 4_265_536_000), exit: 2)
    let fields = ["03000000", "11000000", "2a000000", "07000000", "01000000", "0000000080842e41", "0000000080843e41"]
    let times = ["00ea56fa00000000", "00ea3efe00000000", "02000000"]
    let expected = "4f46525004030000" + "01000000" + fields.joined() + times.joined()
    #expect(hexadecimal(StationToEmulator.grants([grant]).encoded) == expected)
  }

  @Test func aChunksHead() {
    let chunk = FeatureChunk(
      task: TaskID(device: 1, number: 2), batch: 3, sample: 4, offset: 1024, total: 16_384,
      payload: FeaturePayload(storage: nil, offset: 0, count: 512))
    let fields = ["01000000", "02000000", "03000000", "04000000", "00040000", "00400000", "00020000"]
    #expect(hexadecimal(EmulatorToWorker.chunk(chunk).encoded) == "4f46525004030000" + fields.joined())
  }

  @Test func anAnswer() {
    let answer = TaskAnswer(task: TaskID(device: 1, number: 2), exit: 3, predicted: 9, confidence: 0.5)
    let fields = ["01000000", "02000000", "03000000", "09000000", "000000000000e03f", "06000000"]
    let expected = "4f46525004030000" + "01000000" + fields.joined()
    #expect(hexadecimal(WorkerToEmulator.answers([BatchAnswer(answer: answer, batch: 6)]).encoded) == expected)
  }

  @Test func aWelcome() {
    let welcome = StationWelcome(run: "r", boot: "b", clockEndpoint: "", isUnderWay: true)
    let fields = ["010072", "010062", "0000", "01", "01000000", "02007731"]
    let expected = "4f46525004010000" + fields.joined()
    #expect(hexadecimal(StationToEmulator.welcome(welcome, workers: ["w1"]).encoded) == expected)
  }

  @Test func aWorkerLostAndReturned() {
    #expect(hexadecimal(StationToEmulator.workerLost(2).encoded) == "4f46525004070000" + "02000000")
    #expect(hexadecimal(StationToEmulator.workerReturned(2).encoded) == "4f46525004080000" + "02000000")
  }

  /// Bytes per message are what a cell with many devices pays for.
  @Test func fiftyGrantsStayWithinThreeKilobytes() {
    let grant = UplinkGrant(
      task: TaskID(device: 3, number: 17), frame: 42, batch: 7, worker: 1, bandwidth: Hertz(1e6), rate: BitRate(2e6),
      uploadStart: .start, uploadEnd: .start, exit: 2)
    #expect(StationToEmulator.grants(Array(repeating: grant, count: 50)).encoded.count == 8 + 4 + 50 * 56)
  }
}
