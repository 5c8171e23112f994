import EdgeModel
import Nodes
import Testing
import Units
import Wire

/// The format as Docs/Wire.md has it. A change here is a new `Wire.version`.
@Suite struct GoldenBytesTests {
  private let header: [UInt8] = [0x4F, 0x46, 0x52, 0x50, 1]

  @Test func aBeat() { #expect(EmulatorToStation.beat.encoded == header + [5, 0, 0]) }

  @Test func aGrant() {
    let grant = UplinkGrant(
      task: TaskID(device: 3, number: 17), frame: 42, batch: 7, worker: 1, bandwidth: Hertz(1e6), rate: BitRate(2e6),
      uploadStart: Instant(nanoseconds: 4_200_000_000), uploadEnd: Instant(nanoseconds: 4_265_536_000), exit: 2)
    #expect(
      StationToEmulator.grants([grant]).encoded == header + [3, 0, 0] + [1, 0, 0, 0]
        + [3, 0, 0, 0, 17, 0, 0, 0, 42, 0, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0]
        + [0, 0, 0, 0, 0x80, 0x84, 0x2E, 0x41] + [0, 0, 0, 0, 0x80, 0x84, 0x3E, 0x41]
        + [0x00, 0xEA, 0x56, 0xFA, 0, 0, 0, 0] + [0x00, 0xED, 0x3E, 0xFE, 0, 0, 0, 0] + [2, 0, 0, 0])
  }

  @Test func aChunksHead() {
    let chunk = FeatureChunk(
      task: TaskID(device: 1, number: 2), batch: 3, sample: 4, offset: 1024, total: 16_384,
      payload: FeaturePayload(storage: nil, offset: 0, count: 512))
    #expect(
      EmulatorToWorker.chunk(chunk).encoded == header + [3, 0, 0]
        + [1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 0, 4, 0, 0, 0, 0x40, 0, 0, 0, 2, 0, 0])
  }

  @Test func anAnswer() {
    let answer = TaskAnswer(task: TaskID(device: 1, number: 2), exit: 3, predicted: 9, confidence: 0.5)
    #expect(
      WorkerToEmulator.answers([BatchAnswer(answer: answer, batch: 6)]).encoded == header + [3, 0, 0] + [1, 0, 0, 0]
        + [1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xE0, 0x3F, 6, 0, 0, 0])
  }

  /// Bytes per message are what a cell with many devices pays for.
  @Test func fiftyGrantsStayWithinThreeKilobytes() {
    let grant = UplinkGrant(
      task: TaskID(device: 3, number: 17), frame: 42, batch: 7, worker: 1, bandwidth: Hertz(1e6), rate: BitRate(2e6),
      uploadStart: .start, uploadEnd: .start, exit: 2)
    #expect(StationToEmulator.grants(Array(repeating: grant, count: 50)).encoded.count == 8 + 4 + 50 * 56)
  }
}
