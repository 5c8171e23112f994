import EdgeModel
import Testing

@testable import ZeroMQTransport

@Suite struct FeatureStagerTests {
  private func job(sizes: [Int], entries: [Int]? = nil) -> BatchJob {
    let members = sizes.indices.map { index in
      BatchPlan.Member(
        task: TaskID(device: 0, number: index), entry: entries?[index] ?? 1, exit: 4, featureBytes: sizes[index],
        uploadEnd: .start, completion: .start)
    }
    let plan = BatchPlan(id: 0, frame: 0, worker: 0, start: .start, members: members)
    let rows = plan.members.enumerated().map { index, member in
      let feature = FeatureBuffer(byteCount: member.featureBytes)
      feature.withMutableBytes { bytes in
        for place in bytes.indices { bytes[place] = UInt8(truncatingIfNeeded: index * 31 + place) }
      }
      return BatchJob.Row(task: member.task, sample: 100 + index, feature: feature)
    }
    return BatchJob(plan: plan, rows: rows)
  }

  @Test func rowsLieSideBySideInTheirOrder() throws {
    var stager = FeatureStager(instances: 1)
    for count in 1...20 {
      let job = job(sizes: Array(repeating: 640, count: count))
      let rows = try #require(stager.staged(job).sideBySide)
      #expect(rows.samples == job.rows.map(\.sample) && rows.rowBytes == 640)
      let expected = job.rows.flatMap { row in row.feature?.withFeatureBytes { Array($0) } ?? [] }
      #expect(Array(rows.bytes) == expected)
      #expect(Int(bitPattern: rows.bytes.baseAddress) % 64 == 0)
      rows.giveBack()
    }
  }

  /// Nothing is overwritten before it is given back; what cannot be had now is left to the engine.
  @Test func memoryIsUsedAgainOnceItIsGivenBack() throws {
    var stager = FeatureStager(instances: 2)
    let jobs = (0..<6).map { _ in stager.staged(job(sizes: [64, 64])) }
    let places = try jobs.map { try #require($0.sideBySide?.bytes.baseAddress) }
    #expect(Set(places).count == 6)
    #expect(stager.staged(job(sizes: [64])).sideBySide == nil)
    jobs[3].sideBySide?.giveBack()
    jobs[3].sideBySide?.giveBack()
    #expect(stager.staged(job(sizes: [64])).sideBySide?.bytes.baseAddress == places[3])
    #expect(stager.staged(job(sizes: [64])).sideBySide == nil)
  }

  @Test func whatCannotLieSideBySideIsLeftToTheEngine() {
    var stager = FeatureStager(instances: 1)
    #expect(stager.staged(job(sizes: [64, 128])).sideBySide == nil, "of two sizes")
    #expect(stager.staged(job(sizes: [64, 64], entries: [1, 2])).sideBySide == nil, "of two blocks")
    #expect(stager.staged(job(sizes: Array(repeating: 1 << 16, count: 9))).sideBySide == nil, "too many bytes")
    #expect(stager.staged(job(sizes: [])).sideBySide == nil)
    var absent = job(sizes: [64, 64])
    absent.rows[1].feature = nil
    #expect(stager.staged(absent).sideBySide == nil)
    #expect(stager.staged(job(sizes: Array(repeating: 1 << 16, count: 8))).sideBySide != nil, "nothing was used up")
  }
}
