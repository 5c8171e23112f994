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
  /// `features[i]` enters `entries[i]`, block 1 where there is none.
  private func job(_ features: [[UInt8]], entries: [Int] = [], _ random: inout RandomStream) -> BatchJob {
    let members = features.indices.map { index in
      BatchPlan.Member(
        task: TaskID(device: 0, number: index), entry: entries.isEmpty ? 1 : entries[index], exit: 99, featureBytes: 0,
        uploadEnd: .start, completion: .start)
    }
    let rows = features.enumerated().map { index, bytes in
      BatchJob.Row(
        task: TaskID(device: 0, number: index), sample: index,
        feature: Slice(bytes, at: Int.random(in: 0...17, using: &random)))
    }
    return BatchJob(plan: BatchPlan(id: 0, frame: 0, worker: 0, start: .start, members: members), rows: rows)
  }

  @Test func rowsOfAnySizeFromAnywhereLieSideBySideAndNothingBehindThem() throws {
    let memory = FeatureRows(capacity: 4096)
    var longer: [UInt8] = []
    for seed in 0..<2000 {
      var random = RandomStream(seed: UInt64(seed), device: 0, purpose: "rows")
      let size = Int.random(in: 1...(seed % 2 == 0 ? 70 : 400), using: &random)
      let features = (0..<Int.random(in: 1...10, using: &random)).map { _ in
        (0..<size).map { _ in UInt8.random(in: .min ... .max, using: &random) }
      }
      #expect(memory.fill(job(features, &random)))
      let group = try #require(memory.group(entering: 1))
      let all = Array(features.joined())
      #expect(Array(memory.bytes(of: group)) == all, "seed \(seed), rows of \(size) bytes")
      #expect(group.samples == Array(features.indices) && group.rowBytes == size && memory.groups == [group])
      // What an earlier, longer batch left behind the rows is still there.
      if longer.count > all.count {
        let behind = UnsafeRawBufferPointer(start: memory.bytes(of: group).baseAddress, count: longer.count)[
          all.count...]
        #expect(Array(behind) == Array(longer[all.count...]), "seed \(seed)")
      }
      longer = all + longer.dropFirst(all.count)
      memory.giveBack()
    }
  }

  /// Those of one block are together, in the plan's order; each block's rows have a size of their own.
  @Test func rowsThatEnterAtSeveralBlocksLieInGroups() {
    var random = RandomStream(seed: 3, device: 0, purpose: "rows")
    for seed in 0..<2000 {
      let sizes = (0..<5).map { _ in Int.random(in: 1...200, using: &random) }
      let entries = (0..<Int.random(in: 1...12, using: &random)).map { _ in Int.random(in: 1...5, using: &random) }
      let features = entries.map { entry in
        (0..<sizes[entry - 1]).map { _ in UInt8.random(in: .min ... .max, using: &random) }
      }
      let job = job(features, entries: entries, &random)
      let memory = FeatureRows(capacity: FeatureRows.capacity(for: job))
      #expect(memory.fill(job))
      #expect(memory.groups.map(\.entry) == Set(entries).sorted(), "seed \(seed)")
      for block in 1...5 {
        let own = entries.indices.filter { entries[$0] == block }
        let group = memory.group(entering: block)
        #expect(group?.samples ?? [] == own, "seed \(seed)")
        guard let group else { continue }
        let bytes = memory.bytes(of: group)
        #expect(Array(bytes) == own.flatMap { features[$0] } && group.rowBytes == sizes[block - 1], "seed \(seed)")
        #expect(Int(bitPattern: bytes.baseAddress) % 64 == 0)
      }
    }
  }

  @Test func whatDoesNotFitLeavesItFree() {
    var random = RandomStream(seed: 1, device: 0, purpose: "rows")
    let memory = FeatureRows(capacity: 96)
    #expect(!memory.fill(job([Array(repeating: 1, count: 48), Array(repeating: 2, count: 49)], &random)), "two sizes")
    #expect(!memory.fill(job(Array(repeating: [1, 2, 3], count: 33), &random)), "too many")
    #expect(!memory.fill(job([[1], Array(repeating: 1, count: 33)], entries: [1, 2], &random)), "it begins at 64")
    let large = FeatureRows(capacity: 1 << 16)
    #expect(!large.fill(job(Array(repeating: [1], count: 65), entries: Array(1...65), &random)), "too many blocks")
    #expect(large.isFree && large.fill(job(Array(repeating: [1], count: 64), entries: Array(1...64), &random)))
    #expect(large.groups.count == 64)
    #expect(!memory.fill(job(Array(repeating: [1], count: 3), entries: [.min, 0, .max], &random)), "no room for three")
    #expect(!memory.fill(job([], &random)))
    #expect(memory.isFree)
    #expect(memory.fill(job([Array(repeating: 1, count: 96)], &random)) && !memory.isFree)
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
        let bytes = memory.group(entering: 1).map { memory.bytes(of: $0) }
        if bytes?.count != 16 * 1024 || bytes?.allSatisfy({ $0 == expected }) != true {
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
      let isFilled = memory.fill(job(Array(repeating: bytes, count: 16), &random))
      #expect(isFilled)
      filled.store(round, ordering: .releasing)
    }
    while !memory.isFree { sched_yield() }
    #expect(wrong.load(ordering: .relaxed) == 0)
  }
}
