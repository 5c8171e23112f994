import EdgeModel
import Inference
import OnnxRuntime
import Testing
import Units

/// A batch's answers lie where those of the batch before lay, unless someone still holds these. Calls of malloc are
/// counted by Scripts/bench/engine-limit, in a release build.
@Suite struct AnswerMemoryTests {
  static let largest = 16
  private let runtime: OnnxRuntime
  private let model: ModelManifest
  private let features: [[FeatureBuffer]]
  init() throws {
    model = try Digits.model()
    runtime = try Digits.runtime()
    let engine = try OnnxEngine(model: model, largestBatch: Self.largest, runtime: runtime)
    var random = RandomStream(seed: 1, device: 0, purpose: "features")
    features = (1...model.blocks.count).map { block in
      (0..<8).map { _ in
        let feature = FeatureBuffer(byteCount: 4 * engine.featureValues(entering: block))
        feature.withMutableBytes { bytes in
          for index in bytes.bindMemory(to: Float.self).indices {
            bytes.storeBytes(of: Float(random.uniform()), toByteOffset: 4 * index, as: Float.self)
          }
        }
        return feature
      }
    }
  }
  private func executor() throws -> BatchExecutor<OnnxEngine> {
    let profile = LatencyProfile(blocks: model.blocks.map { _ in BlockProfile(latency: .zero) })
    return try BatchExecutor(
      engine: try OnnxEngine(model: model, largestBatch: Self.largest, runtime: runtime), profile: profile,
      now: { .start })
  }
  private static func place<Element>(of array: [Element]) -> UInt {
    array.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
  }

  @Test func whoLetsGoGetsTheSameMemoryAgain() throws {
    var executor = try executor()
    var places: [Int: Set<UInt>] = [:]
    var taken: [[TaskAnswer]] = []
    let members = (0..<Self.largest).map { row in
      BatchPlan.Member(
        task: TaskID(device: 0, number: row), entry: 1, exit: 4 - row / 4, featureBytes: 0, uploadEnd: .start,
        completion: .start)
    }
    let rows = members.indices.map { BatchJob.Row(task: members[$0].task, sample: 0, feature: features[0][$0 % 8]) }
    for number in 0..<50 {
      let plan = BatchPlan(id: BatchID(number), frame: 0, worker: 0, start: .start, members: members)
      executor.run(BatchJob(plan: plan, rows: rows)) { event in
        guard case .blockRan(let run, let answers) = event else { return }
        #expect(answers.count == 4)
        places[run.block, default: []].insert(Self.place(of: answers))
      }
      // What was let go of is taken by these, so that who asks anew gets another place.
      let answer = TaskAnswer(task: members[0].task, exit: 1, predicted: 0, confidence: 0)
      for _ in 0..<16 { taken.append(Array(repeating: answer, count: 4)) }
    }
    #expect(places.count == 4 && places.values.allSatisfy { $0.count == 1 })
    #expect(Set(places.values.flatMap { $0 }).count == 4)
  }

  /// However many rows it is asked about; and whoever holds what it said holds just that.
  @Test func aHeadsAnswersLieInOnePlace() throws {
    var engine = try OnnxEngine(model: model, largestBatch: Self.largest, runtime: runtime)
    var batch = engine.makeBatch()
    let rows = (0..<Self.largest).map {
      BatchJob.Row(task: TaskID(device: 0, number: $0), sample: 0, feature: features[0][$0 % 8])
    }
    _ = try engine.append(rows, entering: 1, to: &batch)
    _ = try engine.run(block: 1, on: &batch)
    var places: Set<UInt> = []
    let all = try engine.runHead(exit: 1, rows: 0..<Self.largest, of: batch).answers.map { $0 }
    var random = RandomStream(seed: 2, device: 0, purpose: "rows")
    var taken: [[ExitAnswers.Answer]] = []
    for _ in 0..<100 {
      do {
        let first = Int.random(in: 0..<Self.largest, using: &random)
        let rows = first..<Int.random(in: first + 1...Self.largest, using: &random)
        let answers = try engine.runHead(exit: 1, rows: rows, of: batch).answers
        places.insert(Self.place(of: answers))
        #expect(answers == Array(all[rows]))
      }
      let answer = ExitAnswers.Answer(predicted: 0, confidence: 0)
      for _ in 0..<16 { taken.append(Array(repeating: answer, count: Self.largest)) }
    }
    #expect(places.count == 1)
    let held = try engine.runHead(exit: 1, rows: 3..<9, of: batch).answers
    _ = try engine.runHead(exit: 1, rows: 0..<2, of: batch)
    #expect(held == Array(all[3..<9]))
  }

  /// Whoever holds answers, an event that waits for the loop, say, holds what they were.
  @Test(arguments: 0..<20) func heldAnswersStay(seed: UInt64) throws {
    var executor = try executor()
    var random = RandomStream(seed: seed, device: 0, purpose: "holding")
    var held: [[TaskAnswer]] = []
    var words: [String] = []
    for number in 0..<30 {
      let batch = RandomBatch(seed: seed << 8 + UInt64(number), largest: Self.largest, features: features)
      executor.run(batch.job) { event in
        guard case .blockRan(_, let answers) = event else { return }
        if Bool.random(using: &random) {
          held.append(answers)
          words.append("\(answers)")
        }
        if !held.isEmpty, Int.random(in: 0..<4, using: &random) == 0 {
          #expect("\(held.removeFirst())" == words.removeFirst())
        }
      }
    }
    #expect(held.map { "\($0)" } == words)
  }
}
