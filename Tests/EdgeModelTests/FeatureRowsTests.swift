import EdgeModel
import Foundation
import Synchronization
import Testing

@Suite struct FeatureRowsTests {
  /// Bytes that begin anywhere.
  private final class Slice: FeatureStorage {
    let bytes: [UInt8]
    let offset: Int
    init(_ bytes: [UInt8], at offset: Int) {
      self.offset = offset
      self.bytes = Array(repeating: 255, count: offset) + bytes
    }
    var byteCount: Int { bytes.count - offset }
    func withFeatureBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
      bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[offset...])) }
    }
  }
  private func rows(_ features: [[UInt8]], _ random: inout RandomStream) -> [BatchJob.Row] {
    features.enumerated().map { index, bytes in
      BatchJob.Row(
        task: TaskID(device: 0, number: index), sample: index,
        feature: Slice(bytes, at: Int.random(in: 0...17, using: &random)))
    }
  }

  @Test func rowsOfAnySizeFromAnywhereLieSideBySideAndNothingBehindThem() {
    let memory = FeatureRows(capacity: 4096)
    var longer: [UInt8] = []
    for seed in 0..<2000 {
      var random = RandomStream(seed: UInt64(seed), device: 0, purpose: "rows")
      let size = Int.random(in: 1...(seed % 2 == 0 ? 70 : 400), using: &random)
      let features = (0..<Int.random(in: 1...10, using: &random)).map { _ in
        (0..<size).map { _ in UInt8.random(in: .min ... .max, using: &random) }
      }
      #expect(memory.fill(rows(features, &random)))
      let all = Array(features.joined())
      #expect(Array(memory.bytes) == all, "seed \(seed), rows of \(size) bytes")
      #expect(memory.samples == Array(features.indices) && memory.rowBytes == size)
      // What an earlier, longer batch left behind the rows is still there.
      if longer.count > all.count {
        let behind = UnsafeRawBufferPointer(start: memory.bytes.baseAddress, count: longer.count)[all.count...]
        #expect(Array(behind) == Array(longer[all.count...]), "seed \(seed)")
      }
      longer = all + longer.dropFirst(all.count)
      memory.giveBack()
    }
  }

  @Test func whatDoesNotFitLeavesItFree() {
    var random = RandomStream(seed: 1, device: 0, purpose: "rows")
    let memory = FeatureRows(capacity: 32)
    #expect(!memory.fill(rows([Array(repeating: 1, count: 16), Array(repeating: 2, count: 17)], &random)))
    #expect(!memory.fill(rows(Array(repeating: [1, 2, 3], count: 11), &random)))
    #expect(!memory.fill([]))
    #expect(memory.isFree)
    #expect(memory.fill(rows([Array(repeating: 1, count: 32)], &random)) && !memory.isFree)
  }

  /// The rows themselves are no atomics: giving back and filling has to order them.
  @Test func whoIsHandedTheRowsSeesAllOfThem() throws {
    let rounds = 5000
    let memory = FeatureRows(capacity: 16 * 1024)
    let filled = Atomic<Int>(0)
    let wrong = Atomic<Int>(0)
    let reader = Thread {
      for round in 1...rounds {
        while filled.load(ordering: .acquiring) < round { sched_yield() }
        let expected = UInt8(truncatingIfNeeded: round)
        if memory.bytes.count != 16 * 1024 || !memory.bytes.allSatisfy({ $0 == expected }) {
          wrong.add(1, ordering: .relaxed)
        }
        memory.giveBack()
      }
    }
    reader.start()
    var random = RandomStream(seed: 2, device: 0, purpose: "rows")
    for round in 1...rounds {
      while !memory.isFree { sched_yield() }
      let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: round), count: 1024)
      let isFilled = memory.fill(rows(Array(repeating: bytes, count: 16), &random))
      #expect(isFilled)
      filled.store(round, ordering: .releasing)
    }
    while !memory.isFree { sched_yield() }
    #expect(wrong.load(ordering: .relaxed) == 0)
  }
}
