import EdgeModel
import Inference
import OnnxRuntime
import Testing

@testable import DeviceEngines

/// Features that hold no numbers, in batches that stay on a device: their rows get an answer that everyone can read,
/// and nobody else's changes by a bit.
@Suite struct NotANumberTests {
  enum Kind: CaseIterable {
    /// ONNX Runtime with the batch in the host's memory, as `--engine cuda --device cpu` has it, and in a fake CUDA's.
    case host, cuda
    case plugin
  }
  private static let largest = 16
  private static let poisons: [Float] = [
    .nan, .signalingNaN, .infinity, -.infinity, .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
    .leastNonzeroMagnitude, Float(bitPattern: 0xFFFF_FFFF),
  ]
  private let batches: RandomBatches
  private let library: FakeLibrary
  init() throws {
    batches = try RandomBatches()
    library = try FakeLibrary()
  }

  private func engine(_ kind: Kind) throws -> DeviceEngine {
    switch kind {
    case .host:
      return try DeviceEngineChoice(.cuda, on: .processor).open(
        model: batches.model, largestBatch: Self.largest, runtime: batches.runtime)
    case .cuda:
      let memory = DeviceEngineChoice.Memory.cuda(device: 1, library: try library.build("cudart.c"))
      return try DeviceEngine(
        DeviceEngineChoice.openOnnx(batches.runtime, memory, computesThere: false, 1, Self.largest),
        model: batches.model, largestBatch: Self.largest)
    case .plugin:
      return try DeviceEngineChoice(.torch, on: .processor, plugin: library.build("plugin.c")).open(
        model: batches.model, largestBatch: Self.largest, runtime: batches.runtime)
    }
  }

  /// With one, some or all of its values replaced.
  private func poisoned(_ feature: any FeatureStorage, _ random: inout RandomStream) -> FeatureBuffer {
    let copy = FeatureBuffer(byteCount: feature.byteCount)
    _ = copy.write(FeaturePayload(storage: feature, offset: 0, count: feature.byteCount), at: 0)
    let count = feature.byteCount / MemoryLayout<Float>.stride
    let poison = Self.poisons.randomElement(using: &random) ?? .nan
    let replaced = [1, count / 2, count].randomElement(using: &random) ?? count
    copy.withMutableBytes { bytes in
      let values = bytes.assumingMemoryBound(to: Float.self)
      for index in (0..<count).shuffled(using: &random).prefix(replaced) { values[index] = poison }
    }
    return copy
  }

  /// The batch as it is and with some rows poisoned, and whose those are. With exits assigned, so that the others are
  /// in the same company at each block: one who leaves early leaves an engine with fewer rows, which may add in another
  /// order.
  private func jobs(_ seed: UInt64) -> (clean: BatchJob, poisoned: BatchJob, tasks: Set<TaskID>) {
    var random = RandomStream(seed: seed, device: 0, purpose: "poison")
    var clean = batches.job(seed, largest: Self.largest)
    clean.plan = BatchPlan(
      id: clean.plan.id, frame: 0, worker: 0, start: .start,
      members: clean.plan.members.map { member in
        var member = member
        member.rule = .assigned
        return member
      })
    #expect(clean.plan.members.map(\.task) == clean.rows.map(\.task))
    var job = clean
    var tasks: Set<TaskID> = []
    for index in job.rows.indices where Bool.random(using: &random) {
      job.rows[index].feature = job.rows[index].feature.map { poisoned($0, &random) }
      tasks.insert(job.rows[index].task)
    }
    return (clean, job, tasks)
  }

  @Test(arguments: Kind.allCases) func theyHarmOnlyTheirOwnRow(_ kind: Kind) throws {
    var executor = try BatchExecutor(engine: try engine(kind), profile: batches.profile, now: { .start })
    var (bad, good, withoutConfidence) = (0, 0, 0)
    for seed in 0..<400 as Range<UInt64> {
      let (clean, poisoned, tasks) = jobs(seed)
      // What is left of a poisoned batch must not reach the next one either.
      let found = batches.outcome(of: poisoned, &executor)
      let expected = batches.outcome(of: clean, &executor)
      #expect(found.failure == nil && found.sizes == expected.sizes, "seed \(seed)")
      #expect(found.answers.count == clean.plan.members.count && expected.answers.count == found.answers.count)
      for (answer, own) in zip(found.answers, expected.answers) {
        #expect(answer.task == own.task && answer.exit == own.exit, "seed \(seed)")
        // What the wire and the traces take.
        #expect((0..<10).contains(answer.predicted) && (0...1).contains(answer.confidence), "seed \(seed), \(answer)")
        if tasks.contains(answer.task) {
          bad += 1
          if answer.confidence == 0 { withoutConfidence += 1 }
        } else {
          good += 1
          #expect(answer == own, "seed \(seed)")
        }
      }
    }
    #expect(bad > 1000 && good > 1000 && withoutConfidence > 400 && withoutConfidence < bad)
  }

  /// Rows that leave by confidence, poisoned ones among them: as on the processor, whose tests know each row's own
  /// answer.
  @Test(arguments: [Kind.host, .cuda]) func theyLeaveWhereTheProcessorHasThemLeave(_ kind: Kind) throws {
    let onProcessor = try OnnxEngine(model: batches.model, largestBatch: Self.largest, runtime: batches.runtime)
    var expected = try BatchExecutor(engine: onProcessor, profile: batches.profile, now: { .start })
    var found = try BatchExecutor(engine: try engine(kind), profile: batches.profile, now: { .start })
    for seed in 0..<300 as Range<UInt64> {
      var random = RandomStream(seed: seed, device: 0, purpose: "poison")
      var job = batches.job(seed, largest: Self.largest)
      for index in job.rows.indices where Bool.random(using: &random) {
        job.rows[index].feature = job.rows[index].feature.map { poisoned($0, &random) }
      }
      let outcome = batches.outcome(of: job, &found)
      #expect(outcome.failure == nil && outcome == batches.outcome(of: job, &expected), "seed \(seed)")
    }
  }
}
