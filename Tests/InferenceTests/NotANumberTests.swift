import EdgeModel
import Inference
import OnnxRuntime
import Testing

/// Features that hold no numbers: their rows get an answer that everyone can read, and nobody else's changes by a bit.
@Suite struct NotANumberTests {
  private static let largest = 16
  /// What a device may send instead of a number: not one, too large to multiply, too small to.
  private static let poisons: [Float] = [
    .nan, .signalingNaN, .infinity, -.infinity, .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
    .leastNonzeroMagnitude, Float(bitPattern: 0xFFFF_FFFF),
  ]

  /// A feature with one, some or all of its values replaced.
  private func poisoned(_ feature: any FeatureStorage, _ random: inout RandomStream) -> FeatureBuffer {
    let copy = FeatureBuffer(byteCount: feature.byteCount)
    let count = feature.byteCount / MemoryLayout<Float>.stride
    let poison = Self.poisons.randomElement(using: &random) ?? .nan
    _ = copy.write(FeaturePayload(storage: feature, offset: 0, count: feature.byteCount), at: 0)
    copy.withMutableBytes { bytes in
      let values = bytes.assumingMemoryBound(to: Float.self)
      switch Int.random(in: 0..<3, using: &random) {
      case 0: values[Int.random(in: 0..<count, using: &random)] = poison
      case 1: for _ in 0..<count / 2 { values[Int.random(in: 0..<count, using: &random)] = poison }
      default: values.update(repeating: poison)
      }
    }
    return copy
  }

  @Test func theyHarmOnlyTheirOwnRow() throws {
    var rows = try LoneRows(samples: 60)
    let engine = try OnnxEngine(model: Digits.model(), largestBatch: Self.largest, runtime: Digits.runtime())
    let profile = try LatencyTable(file: "\(Digits.directory)/edge-gpu.json").profile
    var executor = try BatchExecutor(engine: engine, profile: profile, now: { .start })
    var (bad, good, withoutConfidence) = (0, 0, 0)
    for seed in 0..<1000 as Range<UInt64> {
      var random = RandomStream(seed: seed, device: 0, purpose: "poison")
      var job = RandomBatch(seed: seed, largest: Self.largest, features: rows.features).job
      let poisoned = Set(job.rows.indices.filter { _ in Bool.random(using: &random) }.map { job.rows[$0].task })
      for index in job.rows.indices where poisoned.contains(job.rows[index].task) {
        job.rows[index].feature = job.rows[index].feature.map { self.poisoned($0, &random) }
      }
      // Those that lay side by side are not the poisoned ones.
      if job.sideBySide != nil { job = job.laidSideBySide }
      var batch = FollowedBatch(job.plan)
      executor.run(job) { batch.hear($0) }
      #expect(batch.failures == [] && batch.answered.count == job.plan.members.count, "seed \(seed)")
      for (row, answer) in batch.answered {
        // What the wire and the traces take.
        #expect((0..<10).contains(answer.predicted) && (0...1).contains(answer.confidence), "seed \(seed), \(answer)")
        if poisoned.contains(answer.task) {
          bad += 1
          if answer.confidence == 0 { withoutConfidence += 1 }
        } else {
          good += 1
          let expected = try rows.answer(row.path)
          #expect(answer.predicted == expected.predicted && answer.confidence == expected.confidence, "seed \(seed)")
        }
      }
    }
    #expect(bad > 3000 && good > 3000 && withoutConfidence > 1000 && withoutConfidence < bad)
  }

  /// A replay answers by the image alone, whatever a feature holds and whether there is one.
  @Test func aReplayDoesNotReadThem() throws {
    let rows = try LoneRows(samples: 60)
    let model = try Digits.model()
    let heldOut = try HeldOutImages(model)
    let profile = try LatencyTable(file: "\(Digits.directory)/edge-gpu.json").profile
    var executor = try BatchExecutor(
      engine: ReplayEngine(model: model, heldOut: heldOut, largestBatch: Self.largest), profile: profile,
      now: { .start })
    var answered = 0
    for seed in 0..<500 as Range<UInt64> {
      var random = RandomStream(seed: seed, device: 0, purpose: "poison")
      var job = RandomBatch(seed: seed, largest: Self.largest, features: rows.features).job
      for index in job.rows.indices {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: job.rows[index].feature = nil
        case 1: job.rows[index].feature = FeatureBuffer(byteCount: Int.random(in: 0...9, using: &random))
        default: job.rows[index].feature = job.rows[index].feature.map { poisoned($0, &random) }
        }
      }
      var batch = FollowedBatch(job.plan)
      executor.run(job) { batch.hear($0) }
      #expect(batch.failures == [] && batch.answered.count == job.plan.members.count, "seed \(seed)")
      for (row, answer) in batch.answered {
        answered += 1
        #expect(answer.predicted == heldOut.predicted(row.path.sample, exit: answer.exit))
        #expect(answer.confidence == heldOut.confidence(row.path.sample, exit: answer.exit))
      }
    }
    #expect(answered > 2000)
  }

  /// Logits of any bits.
  @Test func anyLogitsGiveAnAnswerInRange() {
    var random = RandomStream(seed: 1, device: 0, purpose: "logits")
    for _ in 0..<20_000 {
      let logits = (0..<Int.random(in: 1...12, using: &random)).map { _ in
        Bool.random(using: &random)
          ? Float(bitPattern: UInt32.random(in: 0...UInt32.max, using: &random))
          : Float.random(in: -9...9, using: &random)
      }
      let answer = logits.withUnsafeBufferPointer { ExitAnswers.Answer(logits: $0) }
      #expect(logits.indices.contains(answer.predicted) && (0...1).contains(answer.confidence), "\(logits)")
      if logits.allSatisfy(\.isFinite) {
        #expect(answer.predicted == logits.firstIndex(of: logits.max() ?? 0), "\(logits)")
        #expect(answer.confidence >= 1 / Double(logits.count) - 1e-12, "\(logits)")
      } else {
        #expect(answer.confidence == 0, "\(logits)")
      }
    }
  }
}
