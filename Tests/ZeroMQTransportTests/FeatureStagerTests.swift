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
    var stager = FeatureStager(instances: 1, mostBytes: 1 << 23)
    for count in 1...20 {
      let job = job(sizes: Array(repeating: 640, count: count))
      let staged = stager.staged(job)
      let rows = try #require(staged.sideBySide)
      #expect(staged.rows.map(\.task) == job.rows.map(\.task) && staged.rows.allSatisfy { $0.feature == nil }, "freed")
      let group = try #require(rows.group(entering: 1))
      #expect(group.samples == job.rows.map(\.sample) && group.rowBytes == 640 && rows.groups.count == 1)
      let expected = job.rows.flatMap { row in row.feature?.withFeatureBytes { Array($0) } ?? [] }
      #expect(Array(rows.bytes(of: group)) == expected)
      #expect(Int(bitPattern: rows.bytes(of: group).baseAddress) % 64 == 0)
      rows.giveBack()
    }
  }

  /// Nothing is overwritten before it is given back; what cannot be had now is left to the engine.
  @Test func memoryIsUsedAgainOnceItIsGivenBack() throws {
    var stager = FeatureStager(instances: 2, mostBytes: 1 << 23)
    let jobs = (0..<8).map { _ in stager.staged(job(sizes: [64, 64])) }
    let places = try jobs.map { try #require($0.rowsBegin) }
    #expect(Set(places).count == 8)
    #expect(stager.staged(job(sizes: [64])).sideBySide == nil)
    jobs[3].sideBySide?.giveBack()
    jobs[3].sideBySide?.giveBack()
    #expect(stager.staged(job(sizes: [64])).rowsBegin == places[3])
    #expect(stager.staged(job(sizes: [64])).sideBySide == nil)
  }

  /// A loop that hands a thread batch after batch, as a worker's does its engine: the thread finds every one whole.
  @Test func nothingIsOverwrittenUnderTheEngine() throws {
    let count = 3000
    let engine = try WorkThread<BatchJob, EngineReply>(name: "engine", bound: 4) { bench in
      while let job = bench.next() {
        let number = UInt8(truncatingIfNeeded: job.rows[0].sample)
        let isWhole = job.firstRows?.allSatisfy { $0 == number } ?? false
        job.sideBySide?.giveBack()
        bench.post(isWhole ? .event(.ended(job.plan.id, instance: 0)) : .failed("batch \(job.plan.id.number)"))
      }
    }
    var stager = FeatureStager(instances: 1, mostBytes: 1 << 23)
    var (sent, staged, ended) = (0, 0, 0)
    while ended < staged || sent < count {
      let feature = FeatureBuffer(byteCount: 512)
      feature.withMutableBytes { for place in $0.indices { $0[place] = UInt8(truncatingIfNeeded: sent) } }
      let member = BatchPlan.Member(
        task: TaskID(device: 0, number: sent), entry: 1, exit: 1, featureBytes: 512, uploadEnd: .start,
        completion: .start)
      let plan = BatchPlan(id: BatchID(sent), frame: 0, worker: 0, start: .start, members: [member, member])
      let rows = plan.members.map { BatchJob.Row(task: $0.task, sample: sent, feature: feature) }
      if sent < count {
        sent += 1
        // What cannot lie side by side now, an engine would copy itself.
        let job = stager.staged(BatchJob(plan: plan, rows: rows))
        if job.sideBySide != nil, engine.add(job) { staged += 1 } else { job.sideBySide?.giveBack() }
      }
      for reply in engine.replies.take() {
        if case .failed(let batch) = reply { Issue.record("not whole: \(batch)") }
        ended += 1
      }
    }
    engine.end()
    #expect(staged > 100)
  }

  /// Memory that is too small for a batch makes place for some that is not; there is never more than the bound's.
  @Test func aLargerBatchGetsLargerMemory() throws {
    var stager = FeatureStager(instances: 1, mostBytes: 1 << 23)
    let small = (0..<4).map { _ in stager.staged(job(sizes: [64])) }
    let large = job(sizes: Array(repeating: 1 << 20, count: 4))
    #expect(small.allSatisfy { $0.sideBySide != nil } && stager.staged(large).sideBySide == nil, "nothing is free")
    small[2].sideBySide?.giveBack()
    let staged = try #require(stager.staged(large).sideBySide)
    #expect(staged.groups.map(\.samples) == [[100, 101, 102, 103]] && staged !== small[2].sideBySide)
    #expect(stager.staged(job(sizes: [64])).sideBySide == nil, "nothing is free again")
    staged.giveBack()
    #expect(stager.staged(job(sizes: [64])).sideBySide === staged)
  }

  @Test func whatCannotLieSideBySideIsLeftToTheEngine() {
    var stager = FeatureStager(instances: 1, mostBytes: 1 << 23)
    #expect(stager.staged(job(sizes: [64, 128])).sideBySide == nil, "of two sizes")
    #expect(stager.staged(job(sizes: Array(repeating: 1 << 20, count: 9))).sideBySide == nil, "too many bytes")
    let whole = stager.staged(job(sizes: Array(repeating: 1 << 20, count: 8))).sideBySide
    #expect(whole?.groups.first?.samples.count == 8, "just as many as may be")
    whole?.giveBack()
    #expect(stager.staged(job(sizes: [])).sideBySide == nil)
    var none = FeatureStager(instances: 1, mostBytes: 0)
    #expect(none.staged(job(sizes: [64])).sideBySide == nil, "for an engine that does not read them there")
    var absent = job(sizes: [64, 64])
    absent.rows[1].feature = nil
    #expect(stager.staged(absent).sideBySide == nil && stager.staged(absent).rows[0].feature != nil)
    #expect(stager.staged(job(sizes: Array(repeating: 1 << 16, count: 8))).sideBySide != nil, "nothing was used up")
    #expect(stager.staged(job(sizes: [64, 128, 64], entries: [1, 2, 1])).sideBySide?.groups.count == 2)
  }
}

extension BatchJob {
  fileprivate var firstRows: UnsafeRawBufferPointer? {
    sideBySide.flatMap { rows in rows.groups.first.map { rows.bytes(of: $0) } }
  }
  /// Where they lie.
  fileprivate var rowsBegin: UnsafeRawPointer? { firstRows?.baseAddress }
}
