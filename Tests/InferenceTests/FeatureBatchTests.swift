import EdgeModel
import Inference
import Testing

@Suite struct FeatureBatchTests {
  /// A row that says which it is.
  private func row(_ sample: Int, values: Int) -> [Float] { (0..<values).map { Float(sample * 1000 + $0) } }

  private func adopt(_ samples: [Int], values: Int, into batch: inout FeatureBatch) throws {
    let members = samples.map { sample in
      BatchPlan.Member(
        task: TaskID(device: 0, number: sample), exit: 1, featureBytes: 0, uploadEnd: .start, completion: .start)
    }
    let job = BatchJob(
      plan: BatchPlan(id: 0, frame: 0, worker: 0, start: .start, members: members),
      rows: samples.map { sample in
        let feature = FeatureBuffer(byteCount: values * 4)
        feature.withMutableBytes { $0.copyBytes(from: row(sample, values: values).withUnsafeBytes(Array.init)) }
        return BatchJob.Row(task: TaskID(device: 0, number: sample), sample: sample, feature: feature)
      })
    let rows = FeatureRows(capacity: FeatureRows.capacity(for: job))
    try #require(rows.fill(job))
    batch.adopt(try #require(rows.group(entering: 1)), of: rows)
  }

  private func expectEqual(_ batch: borrowing FeatureBatch, _ samples: [Int], values: Int) {
    #expect(batch.samples == samples)
    let found = batch.withValues(of: 0..<batch.rows) { Array($0) }
    #expect(found == samples.flatMap { row($0, values: values) })
  }

  @Test func anyOrderOfGrowingShrinkingAndGatheringKeepsRowsWhole() throws {
    for seed in 0..<300 {
      var random = RandomStream(seed: UInt64(seed), device: 0, purpose: "rows")
      let capacity = Int.random(in: 1...20, using: &random)
      let values = Int.random(in: 1...17, using: &random)
      var batch = FeatureBatch(capacity: capacity, widest: 17)
      var samples: [Int] = []
      for step in 0..<40 {
        switch Int.random(in: 0..<5, using: &random) {
        case 0 where samples.count < capacity:
          samples.append(step)
          row(step, values: values).withUnsafeBytes { batch.append(sample: step, row: $0) }
        case 1:
          let count = Int.random(in: 0...samples.count, using: &random)
          samples = Array(samples.prefix(count))
          batch.keep(first: count)
        case 2:
          let order = samples.indices.shuffled(using: &random).prefix(Int.random(in: 0...samples.count, using: &random))
          samples = order.map { samples[$0] }
          batch.gather(Array(order))
        // Those that come to others are copied, those that come first lie where they lay.
        case 3 where samples.count < capacity:
          let more = (0..<Int.random(in: 1...capacity - samples.count, using: &random)).map { step * 100 + $0 }
          samples += more
          try adopt(more, values: values, into: &batch)
        default: break
        }
        expectEqual(batch, samples, values: samples.isEmpty ? 0 : values)
      }
    }
  }

  @Test(arguments: [false, true]) func aFailedReplacementChangesNothing(isAdopted: Bool) throws {
    var batch = FeatureBatch(capacity: 2, widest: 4)
    if isAdopted {
      try adopt([1], values: 4, into: &batch)
    } else {
      row(1, values: 4).withUnsafeBytes { batch.append(sample: 1, row: $0) }
    }
    #expect(throws: EngineError.self) {
      try batch.replace(values: 2) { (_, output) throws(EngineError) in
        output[0] = -1
        throw EngineError("broken", remedy: "mend it")
      }
    }
    expectEqual(batch, [1], values: 4)
    batch.replace(values: 2) { input, output in (output[0], output[1]) = (input[3], input[2]) }
    #expect(batch.values == 2 && batch.withValues(of: 0..<1) { Array($0) } == [1003, 1002])
  }
}
