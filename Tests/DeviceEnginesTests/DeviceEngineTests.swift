import EdgeModel
import Inference
import OnnxRuntime
import Testing

@testable import DeviceEngines

/// Batches on a device against the engine on the processor: the same kernels, so the same bits.
///
/// There are two devices: the host's memory, and CUDA's memory with a library in the place of CUDA's, whose copies happen
/// only when someone waits for them.
@Suite struct DeviceEngineTests {
  static let largest = 16
  enum Kind: CaseIterable {
    case host, cuda
    /// CUDA's memory, by an instance that only queues, with pieces of few rows: most of what it asks for is still to be
    /// done when it returns.
    case queuing
  }
  let batches: RandomBatches
  let library: FakeLibrary
  init() throws {
    batches = try RandomBatches()
    library = try FakeLibrary()
  }

  private func engine(_ kind: Kind, runtimeLibrary: String? = nil) throws -> DeviceEngine {
    let memory: DeviceEngineChoice.Memory =
      switch kind {
      case .host: .host
      case .cuda, .queuing: .cuda(device: 1, library: try runtimeLibrary ?? library.build("cudart.c"))
      }
    let calls = kind == .queuing ? DeviceCalls(onlyQueue: true, uploadBytes: 40 << 10) : DeviceCalls()
    let instance = try DeviceEngineChoice.openOnnx(
      batches.runtime, memory, computesThere: false, 1, Self.largest, calls)
    return try DeviceEngine(instance, model: batches.model, largestBatch: Self.largest)
  }

  @Test(arguments: Kind.allCases) func answersAreTheProcessorsBitForBit(_ kind: Kind) throws {
    let onProcessor = try OnnxEngine(model: batches.model, largestBatch: Self.largest, runtime: batches.runtime)
    var expected = try BatchExecutor(engine: onProcessor, profile: batches.profile, now: { .start })
    var found = try BatchExecutor(engine: try engine(kind), profile: batches.profile, now: { .start })
    var sizes: Set<Int> = []
    var answers = 0
    for seed in 0..<1000 as Range<UInt64> {
      let job = batches.job(seed, largest: Self.largest)
      let outcome = batches.outcome(of: job, &found)
      #expect(outcome == batches.outcome(of: job, &expected), "seed \(seed)")
      #expect(outcome.failure == nil && outcome.answers.count == job.plan.members.count)
      sizes.formUnion(outcome.sizes)
      answers += outcome.answers.count
    }
    #expect(sizes == Set(1...Self.largest) && answers > 5000)
  }

  /// Nothing else moves between host and device, and all of that through pinned memory.
  @Test(arguments: [Kind.cuda, .queuing]) func featuresGoUpOnceAndLogitsComeDown(_ kind: Kind) throws {
    let file = try library.build("cudart.c")
    var executor = try BatchExecutor(
      engine: try engine(kind, runtimeLibrary: file), profile: batches.profile, now: { .start })
    var (up, down) = (Int32(0), Int32(0))
    for seed in 0..<300 as Range<UInt64> {
      let job = batches.job(seed, largest: Self.largest)
      let outcome = batches.outcome(of: job, &executor)
      up += job.rows.reduce(0) { $0 + Int32(($1.feature?.byteCount ?? 0) / 4) }
      // A member with a rule of confidence is asked at each exit up to its own.
      let exits = Dictionary(uniqueKeysWithValues: outcome.answers.map { ($0.task, $0.exit) })
      for member in job.plan.members {
        let exit = try #require(exits[member.task])
        down += Int32(batches.model.classes * (member.rule == .assigned ? 1 : exit - member.entry + 1))
      }
      #expect(try FakeLibrary.count("fake_values_up", in: file) == up, "seed \(seed)")
      #expect(try FakeLibrary.count("fake_values_down", in: file) == down, "seed \(seed)")
    }
    #expect(try FakeLibrary.count("fake_unpinned", in: file) == 0)
  }

  @Test func eachInstanceHasAStreamOfItsOwn() throws {
    let file = try library.build("cudart.c")
    #expect(try streams(with: 3, in: file) == 3)
    #expect(try streams(with: 0, in: file) == 0)
  }
  private func streams(with instances: Int, in file: String) throws -> Int32 {
    if instances == 0 { return try FakeLibrary.count("fake_streams", in: file) }
    let engine = try engine(.cuda, runtimeLibrary: file)
    let found = try streams(with: instances - 1, in: file)
    #expect(engine.blockCount == 4, "open until here")
    return found
  }

  /// Steps in any order, two batches at a time, and every value compared.
  @Test(arguments: Kind.allCases) func featuresAreTheProcessorsBitForBit(_ kind: Kind) throws {
    var expected = try OnnxEngine(model: batches.model, largestBatch: Self.largest, runtime: batches.runtime)
    var found = try engine(kind)
    var firstExpected = expected.makeBatch()
    var secondExpected = expected.makeBatch()
    var firstFound = try found.makeBatch()
    var secondFound = try found.makeBatch()
    for seed in 0..<200 as Range<UInt64> {
      var random = RandomStream(seed: seed, device: 0, purpose: "steps")
      if seed % 2 == 0 {
        try walk(&random, &expected, &firstExpected, &found, &firstFound)
      } else {
        try walk(&random, &expected, &secondExpected, &found, &secondFound)
      }
    }
  }
  private func walk(
    _ random: inout RandomStream, _ expected: inout OnnxEngine, _ expectedBatch: inout FeatureBatch,
    _ found: inout DeviceEngine, _ foundBatch: inout FeatureBatch
  ) throws {
    expectedBatch.removeAll()
    foundBatch.removeAll()
    for block in 1...batches.model.blocks.count {
      let room = Self.largest - expectedBatch.rows
      let joining = (0..<Int.random(in: (expectedBatch.rows == 0 ? 1 : 0)...room, using: &random)).map { index in
        let sample = Int.random(in: 0..<RandomBatches.samples, using: &random)
        return BatchJob.Row(
          task: TaskID(device: 0, number: index), sample: sample, feature: batches.features[block - 1][sample])
      }
      _ = try (
        expected.append(joining, entering: block, to: &expectedBatch),
        found.append(joining, entering: block, to: &foundBatch)
      )
      _ = try (expected.run(block: block, on: &expectedBatch), found.run(block: block, on: &foundBatch))
      let first = Int.random(in: 0..<expectedBatch.rows, using: &random)
      let asked = first..<Int.random(in: first + 1...expectedBatch.rows, using: &random)
      let answers = try found.runHead(exit: block, rows: asked, of: foundBatch)
      #expect(answers.answers == (try expected.runHead(exit: block, rows: asked, of: expectedBatch)).answers)
      #expect(answers.transferred <= answers.computed)
      if Bool.random(using: &random) {
        let order = Array(
          (0..<expectedBatch.rows).shuffled(using: &random).dropLast(Int.random(in: 0...2, using: &random)))
        try expected.gather(order, of: &expectedBatch)
        try found.gather(order, of: &foundBatch)
      } else {
        let count = Int.random(in: 0...expectedBatch.rows, using: &random)
        try expected.keep(first: count, of: &expectedBatch)
        try found.keep(first: count, of: &foundBatch)
      }
      #expect(foundBatch.samples == expectedBatch.samples)
      let width = batches.model.blocks[block - 1].outputValues
      let values = expectedBatch.withValues(of: 0..<expectedBatch.rows) { $0.map(\.bitPattern) }
      #expect(try found.values(of: 0..<foundBatch.rows, in: foundBatch, each: width).map(\.bitPattern) == values)
      if expectedBatch.rows == 0 {
        expectedBatch.removeAll()
        foundBatch.removeAll()
      }
    }
  }

  /// Rows that go up where others still lie in the staging memory, of which one has yet to move on the device.
  @Test(arguments: Kind.allCases) func featuresOnTheirWayAreNotOverwritten(_ kind: Kind) throws {
    var engine = try engine(kind)
    var batch = try engine.makeBatch()
    func append(_ samples: Range<Int>) throws {
      let rows = samples.map {
        BatchJob.Row(task: TaskID(device: 0, number: $0), sample: $0, feature: batches.features[0][$0])
      }
      _ = try engine.append(rows, entering: 1, to: &batch)
    }
    for _ in 0..<2 {
      batch.removeAll()
      try append(0..<4)
      try engine.gather([3], of: &batch)
      try append(4..<7)
      let width = batches.model.blocks[0].inputValues
      let expected = [3, 4, 5, 6].flatMap { sample in
        batches.features[0][sample].withFeatureBytes { Array($0.bindMemory(to: Float.self)) }
      }
      #expect(try engine.values(of: 0..<4, in: batch, each: width) == expected)
    }
  }

  @Test(arguments: [Kind.cuda, .queuing]) func everythingIsGivenBackToTheDevice(_ kind: Kind) throws {
    let file = try library.build("cudart.c")
    for _ in 0..<20 {
      let executor = try BatchExecutor(
        engine: try engine(kind, runtimeLibrary: file), profile: batches.profile, now: { .start })
      try useOnce(executor)
      #expect(try FakeLibrary.count("fake_balance", in: file) == 0)
      try dropOnTheWay(try engine(kind, runtimeLibrary: file))
      #expect(try FakeLibrary.count("fake_balance", in: file) == 0)
    }
    #expect(try FakeLibrary.count("fake_waits", in: file) > 0)
  }
  /// Features go up, and nobody asks what becomes of them.
  private func dropOnTheWay(_ engine: consuming DeviceEngine) throws {
    var batch = try engine.makeBatch()
    let row = BatchJob.Row(task: TaskID(device: 0, number: 0), sample: 0, feature: batches.features[0][0])
    _ = try engine.append([row], entering: 1, to: &batch)
  }
  private func useOnce(_ executor: consuming BatchExecutor<DeviceEngine>) throws {
    for seed in 0..<5 as Range<UInt64> {
      #expect(batches.outcome(of: batches.job(seed, largest: Self.largest), &executor).failure == nil)
    }
  }

  /// What each call waits for, and in how many pieces a full batch goes up: 16 rows of 16 KiB.
  @Test(arguments: [Kind.cuda, .queuing]) func callsWaitOnlyAsTheyAreAskedTo(_ kind: Kind) throws {
    let (waits, pieces) = kind == .queuing ? ([0, 0, 1, 2] as [Int32], 6) : ([1, 1, 1, 2], 1)
    let file = try library.build("cudart.c")
    var engine = try engine(kind, runtimeLibrary: file)
    var batch = try engine.makeBatch()
    func waited(_ body: () throws -> Void) throws -> Int32 {
      let before = try FakeLibrary.count("fake_waits", in: file)
      try body()
      return try FakeLibrary.count("fake_waits", in: file) - before
    }
    let rows = (0..<Self.largest).map {
      BatchJob.Row(task: TaskID(device: 0, number: $0), sample: $0, feature: batches.features[0][$0])
    }
    #expect(try waited { _ = try engine.append(rows, entering: 1, to: &batch) } == waits[0])
    #expect(try FakeLibrary.count("fake_copies", in: file) == pieces)
    #expect(try waited { try engine.gather(Array((0..<Self.largest).reversed()), of: &batch) } == waits[1])
    // The processor computes over memory that is behind the stream, so it waits for that: before, or behind.
    #expect(try waited { _ = try engine.run(block: 1, on: &batch) } == waits[2])
    #expect(try waited { _ = try engine.runHead(exit: 1, rows: 0..<Self.largest, of: batch) } == waits[3])
  }

  @Test func aBatchOutlivesItsEngine() throws {
    func batch() throws -> FeatureBatch {
      let engine = try engine(.host)
      return try engine.makeBatch()
    }
    let left = try batch()
    #expect(left.rows == 0 && left.capacity == Self.largest)
  }

  @Test(arguments: Kind.allCases) func featuresOfAnotherSizeAreRefusedAndNothingIsAdded(_ kind: Kind) throws {
    var engine = try engine(kind)
    var batch = try engine.makeBatch()
    func row(_ index: Int, _ feature: FeatureBuffer?) -> BatchJob.Row {
      BatchJob.Row(task: TaskID(device: 0, number: index), sample: 0, feature: feature)
    }
    let right = batches.features[0][0]
    for wrong in [nil, FeatureBuffer(byteCount: 0), FeatureBuffer(byteCount: right.byteCount + 4)] {
      #expect(throws: EngineError.self) { try engine.append([row(0, right), row(1, wrong)], entering: 1, to: &batch) }
      #expect(batch.rows == 0)
    }
    let many = (0...Self.largest).map { row($0, right) }
    #expect(throws: EngineError.self) { try engine.append(many, entering: 1, to: &batch) }
    // Not at this block: the engine says so and goes on.
    _ = try engine.append([row(0, right)], entering: 1, to: &batch)
    #expect(throws: EngineError.self) { try engine.run(block: 2, on: &batch) }
    _ = try engine.run(block: 1, on: &batch)
    #expect(throws: EngineError.self) { try engine.append([row(0, right)], entering: 1, to: &batch) }
    #expect(batch.rows == 1)
  }

  @Test func theEngineIsMeasured() throws {
    var engine = try engine(.cuda)
    let measured = try EngineMeasurement(repeats: 3, budget: .zero).run(
      &engine, largestBatch: 4, features: batches.features[0])
    #expect(measured.repeats == 3 && measured.p99.blocks.count == 4)
    #expect(engine.name.hasPrefix("ONNX Runtime 1.28.0, CUDA device 1 (") && engine.name.contains("CUDA 13.0"))
  }
}
