import EdgeModel
import Glibc
import Inference
import OnnxRuntime
import Testing

@Suite struct OnnxEngineTests {
  static let largest = 24
  let model: ModelManifest
  let heldOut: HeldOutImages
  let runtime: OnnxRuntime
  init() throws {
    model = try Digits.model()
    heldOut = try HeldOutImages(model)
    runtime = try Digits.runtime()
  }

  private func engine() throws -> OnnxEngine {
    try OnnxEngine(model: model, largestBatch: Self.largest, runtime: runtime)
  }
  private func row(_ index: Int, _ feature: FeatureBuffer?) -> BatchJob.Row {
    BatchJob.Row(task: TaskID(device: 0, number: index), sample: 0, feature: feature)
  }

  @Test func liveAnswersAreThoseOfTheManifest() throws {
    var stem = try StemEngine(model: model, heldOut: heldOut, runtime: runtime)
    var engine = try engine()
    var batch = engine.makeBatch()
    var differing = 0
    for start in stride(from: 0, to: 480, by: Self.largest) {
      batch.removeAll()
      var rows: [BatchJob.Row] = []
      for sample in start..<start + Self.largest { rows.append(row(sample, try stem.feature(of: sample))) }
      _ = try engine.append(rows, entering: 1, to: &batch)
      for block in 1...4 {
        _ = try engine.run(block: block, on: &batch)
        let head = try engine.runHead(exit: block, rows: 0..<Self.largest, of: batch)
        for (index, answer) in head.answers.enumerated() {
          let sample = start + index
          if answer.predicted != heldOut.predicted(sample, exit: block) { differing += 1 }
          #expect(abs(answer.confidence - heldOut.confidence(sample, exit: block)) < 2e-3)
        }
      }
    }
    // Another processor rounds otherwise, and a near tie may then fall to the other side.
    #expect(differing <= 2)
  }

  @Test func gatherThenRunEqualsRunThenGatherBitForBit() throws {
    var stem = try StemEngine(model: model, heldOut: heldOut, runtime: runtime)
    var rows: [BatchJob.Row] = []
    for sample in 0..<16 { rows.append(row(sample, try stem.feature(of: sample))) }
    var engine = try engine()
    var whole = engine.makeBatch()
    var part = engine.makeBatch()
    for seed in 0..<100 as Range<UInt64> {
      var random = RandomStream(seed: seed, device: 0, purpose: "gather")
      let order = Array((0..<16).shuffled(using: &random).prefix(Int.random(in: 2...16, using: &random)))
      whole.removeAll()
      part.removeAll()
      _ = try engine.append(rows, entering: 1, to: &whole)
      _ = try engine.append(rows, entering: 1, to: &part)
      for block in 1...2 { _ = try (engine.run(block: block, on: &whole), engine.run(block: block, on: &part)) }
      try engine.gather(order, of: &part)
      for block in 3...4 { _ = try (engine.run(block: block, on: &whole), engine.run(block: block, on: &part)) }
      try engine.gather(order, of: &whole)
      let found = part.withValues(of: 0..<part.rows) { Array($0) }
      let expected = whole.withValues(of: 0..<whole.rows) { Array($0) }
      #expect(found == expected)
    }
  }

  @Test func featuresOfAnotherSizeAreRefusedAndNothingIsAdded() throws {
    var engine = try engine()
    var batch = engine.makeBatch()
    let right = FeatureBuffer(byteCount: 4 * engine.featureValues(entering: 1))
    for wrong in [nil, FeatureBuffer(byteCount: 0), FeatureBuffer(byteCount: right.byteCount + 4)] {
      #expect(throws: EngineError.self) { try engine.append([row(0, right), row(1, wrong)], entering: 1, to: &batch) }
      #expect(batch.rows == 0)
    }
    let many = (0...Self.largest).map { row($0, right) }
    #expect(throws: EngineError.self) { try engine.append(many, entering: 1, to: &batch) }
    var stem = try StemEngine(model: model, heldOut: heldOut, runtime: runtime)
    for (sample, block) in [(-1, 1), (heldOut.count, 1), (0, 0), (0, 2)] {
      #expect(throws: EngineError.self) { try stem.feature(of: sample, entering: block) }
    }
  }
}
