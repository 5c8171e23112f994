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
  private func profile() throws -> LatencyProfile {
    try LatencyTable(file: "\(Digits.directory)/edge-gpu.json").profile
  }
  private func row(_ index: Int, _ feature: FeatureBuffer?) -> BatchJob.Row {
    BatchJob.Row(task: TaskID(device: 0, number: index), sample: 0, feature: feature)
  }

  /// Every exit's answer to each of `features` that enter `block`, each row alone.
  private func answersAlone(_ features: [FeatureBuffer], entering block: Int) throws -> [[ExitAnswers.Answer]] {
    var engine = try engine()
    var batch = engine.makeBatch()
    var answers: [[ExitAnswers.Answer]] = []
    for feature in features {
      batch.removeAll()
      _ = try engine.append([row(0, feature)], entering: block, to: &batch)
      var exits: [ExitAnswers.Answer] = []
      for block in block...engine.blockCount {
        _ = try engine.run(block: block, on: &batch)
        exits += try engine.runHead(exit: block, rows: 0..<1, of: batch).answers
      }
      answers.append(exits)
    }
    return answers
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

  @Test func aTasksAnswerDoesNotDependOnItsBatch() throws {
    var stem = try StemEngine(model: model, heldOut: heldOut, runtime: runtime, deepestEntry: 4)
    var features: [[FeatureBuffer]] = []
    for block in 1...4 {
      var entering: [FeatureBuffer] = []
      for sample in 0..<60 { entering.append(try stem.feature(of: sample, entering: block)) }
      features.append(entering)
    }
    var alone: [[[ExitAnswers.Answer]]] = []
    for block in 1...4 { alone.append(try answersAlone(features[block - 1], entering: block)) }

    var executor = try BatchExecutor(engine: try engine(), profile: try profile(), now: { .start })
    var answersSeen = 0
    for seed in 0..<2000 as Range<UInt64> {
      var random = RandomStream(seed: seed, device: 0, purpose: "batch")
      let grows = seed % 3 == 0
      let members = (0..<Int.random(in: 1...Self.largest, using: &random)).map { index in
        let entry = grows ? Int.random(in: 1...4, using: &random) : 1
        return BatchPlan.Member(
          task: TaskID(device: ID(Int.random(in: 0..<60, using: &random)), number: index), entry: entry,
          exit: Int.random(in: entry...4, using: &random),
          rule: Bool.random(using: &random) ? .assigned : .confidence(threshold: 0.9), featureBytes: 0,
          uploadEnd: .start, completion: .start)
      }
      let plan = BatchPlan(id: 0, frame: 0, worker: 0, start: .start, members: members)
      let rows = plan.members.map {
        BatchJob.Row(
          task: $0.task, sample: $0.task.device.number, feature: features[$0.entry - 1][$0.task.device.number])
      }
      let entries = Dictionary(uniqueKeysWithValues: plan.members.map { ($0.task, $0.entry) })
      executor.run(BatchJob(plan: plan, rows: rows)) { event in
        switch event {
        case .blockRan(_, let answers):
          for answer in answers {
            let entry = entries[answer.task]!
            let expected = alone[entry - 1][answer.task.device.number][answer.exit - entry]
            #expect(answer.predicted == expected.predicted && abs(answer.confidence - expected.confidence) < 1e-5)
            answersSeen += 1
          }
        case .modelLoaded: Issue.record("the model was loaded")
        case .ended: answersSeen -= plan.members.count
        case .failed(_, _, let reason): Issue.record("\(reason)")
        }
      }
      #expect(answersSeen == 0)
    }
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

  @Test func featuresThatAreNotNumbersHarmOnlyTheirOwnRow() throws {
    var stem = try StemEngine(model: model, heldOut: heldOut, runtime: runtime)
    let good = try stem.feature(of: 5)
    let expected = try answersAlone([good], entering: 1)[0]
    for value in [Float.nan, .infinity, -.infinity, .greatestFiniteMagnitude] {
      let bad = FeatureBuffer(byteCount: good.byteCount)
      bad.withMutableBytes { $0.assumingMemoryBound(to: Float.self).update(repeating: value) }
      var engine = try engine()
      var batch = engine.makeBatch()
      _ = try engine.append([row(0, bad), row(1, good), row(2, bad)], entering: 1, to: &batch)
      for block in 1...4 {
        _ = try engine.run(block: block, on: &batch)
        let answers = try engine.runHead(exit: block, rows: 0..<3, of: batch).answers
        #expect(answers[1].predicted == expected[block - 1].predicted)
        #expect(abs(answers[1].confidence - expected[block - 1].confidence) < 1e-5)
        #expect((0..<10).contains(answers[0].predicted) && (0...1).contains(answers[0].confidence))
      }
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
