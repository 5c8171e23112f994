import EdgeModel
import Glibc
import Inference
import OnnxRuntime
import PlainJSON
import Testing
import Units

/// Says it took a known time: 100 µs a block, 10 µs a row; heads a tenth of it; every 40th block ten times as long.
private struct KnownEngine: InferenceEngine {
  var calls = 0
  let blockCount = 2
  let largestBatch = 8
  func featureValues(entering block: Int) -> Int { 1 }
  func makeBatch() -> FeatureBatch { FeatureBatch(capacity: largestBatch, widest: 1) }
  mutating func append(
    _ rows: [BatchJob.Row], entering block: Int, to batch: inout FeatureBatch
  ) throws(EngineError) -> BlockReport {
    for row in rows { row.feature?.withFeatureBytes { batch.append(sample: 0, row: $0) } }
    return BlockReport(computed: .microseconds(5))
  }
  mutating func run(block: Int, on batch: inout FeatureBatch) throws(EngineError) -> BlockReport {
    calls += 1
    return BlockReport(computed: .microseconds((100 + 10 * batch.rows) * (calls % 40 == 0 ? 10 : 1)))
  }
  mutating func runHead(exit: Int, rows: Range<Int>, of batch: borrowing FeatureBatch) throws(EngineError)
    -> ExitAnswers
  {
    ExitAnswers(answers: [], computed: .microseconds(10 + rows.count))
  }
}

@Suite struct EngineMeasurementTests {
  @Test func mediansAreTheEnginesAndTheSpreadIsInTheNinetyNinth() throws {
    var engine = KnownEngine()
    let measured = try EngineMeasurement(repeats: 20, budget: .seconds(60))
      .run(&engine, largestBatch: 8, features: [FeatureBuffer(byteCount: 4)])
    #expect(measured.repeats == 20)
    for (index, block) in measured.median.blocks.enumerated() {
      for size in 1...8 {
        let body = Double(100 + 10 * size + (index == 0 ? 5 : 0)) * 1e-6
        #expect(abs(block.latency.seconds(size) - body) < 1e-9)
        #expect(abs(block.head.seconds(size) - Double(10 + size) * 1e-6) < 1e-9)
      }
    }
    // Only block 2 has slow calls (every 40th call is an even one): 1 in 20 of them, so the 99th percentile sees it.
    for size in 1...8 {
      let (first, second) = (measured.p99.blocks[0], measured.p99.blocks[1])
      #expect(first.latency.seconds(size) == measured.median.blocks[0].latency.seconds(size))
      #expect(second.latency.seconds(size) >= 9.9 * measured.median.blocks[1].latency.seconds(size))
    }
  }

  /// What was measured: 19 of 20 runs of block 2 at the median, one ten times as long; block 1 and heads always the same.
  @Test func theDispersionHoldsTheSamplesQuantiles() throws {
    var engine = KnownEngine()
    let measured = try EngineMeasurement(repeats: 200, budget: .seconds(60))
      .run(&engine, largestBatch: 8, features: [FeatureBuffer(byteCount: 4)])
    for (index, block) in measured.dispersion.blocks.enumerated() {
      let median = measured.median.blocks[index]
      for size in 1...8 {
        #expect(block.body.median[size - 1] == median.latency.seconds(size))
        #expect(block.seconds(block.body, size: size, at: 0.5) == median.latency.seconds(size))
        // Around 1 in 20 among a size and its neighbours.
        for (probability, ratio) in [(0.0, 1.0), (0.9, 1), (0.98, 10), (1, 10)] {
          let found = block.seconds(block.body, size: size, at: probability) / median.latency.seconds(size)
          #expect(abs(found - (index == 0 ? 1 : ratio)) < 1e-9)
        }
      }
      let head = try #require(block.head)
      #expect((1...8).allSatisfy { block.seconds(head, size: $0, at: 0.99) == median.head.seconds($0) })
    }
  }

  @Test func theRealEngineGivesATableForEverySize() throws {
    let model = try Digits.model()
    let heldOut = try HeldOutImages(model)
    let runtime = try Digits.runtime()
    var stem = try StemEngine(model: model, heldOut: heldOut, runtime: runtime)
    var features: [FeatureBuffer] = []
    for sample in 0..<16 { features.append(try stem.feature(of: sample)) }
    var engine = try OnnxEngine(model: model, largestBatch: 16, runtime: runtime)
    let measured = try EngineMeasurement(repeats: 20, budget: .seconds(1))
      .run(&engine, largestBatch: 16, features: features)
    for (median, p99) in zip(measured.median.blocks, measured.p99.blocks) {
      let latencies = (1...16).map(median.latency.seconds)
      #expect(latencies == latencies.sorted() && latencies[0] > 0)
      #expect((1...16).allSatisfy { p99.latency.seconds($0) >= median.latency.seconds($0) })
    }
  }

  @Test func aBatchOfSixteenTakesAtMostSixTimesTheProcessorTimeOfOne() throws {
    let model = try Digits.model()
    let runtime = try Digits.runtime()
    var stem = try StemEngine(model: model, heldOut: HeldOutImages(model), runtime: runtime)
    var engine = try OnnxEngine(model: model, largestBatch: 16, runtime: runtime)
    var batch = engine.makeBatch()
    let feature = try stem.feature(of: 0)
    /// Least processor time of 30 passes: on one thread that is the latency on a quiet machine, and other processes'
    /// turns do not count.
    func seconds(_ size: Int) throws -> Double {
      let rows = (0..<size).map { BatchJob.Row(task: TaskID(device: 0, number: $0), sample: 0, feature: feature) }
      var least = Double.infinity
      for _ in 0..<30 {
        let begun = Self.threadSeconds()
        batch.removeAll()
        _ = try engine.append(rows, entering: 1, to: &batch)
        for block in 1...engine.blockCount {
          _ = try engine.run(block: block, on: &batch)
          _ = try engine.runHead(exit: block, rows: 0..<size, of: batch)
        }
        least = min(least, Self.threadSeconds() - begun)
      }
      return least
    }
    let (one, sixteen) = try (seconds(1), seconds(16))
    #expect(sixteen <= 6 * one)
  }
  private static func threadSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  @Test func measurementsAreKeptPerMachineModelAndEngine() throws {
    let scratch = ScratchDirectory()
    let cache = MeasurementCache(directory: scratch.path)
    let model = try Digits.model()
    let machine = Machine(processor: "Test 1", cores: 2)
    func key(_ machine: Machine, _ engine: String = "e", _ batch: Int = 2) -> MeasurementCache.Key {
      MeasurementCache.Key(machine: machine, model: model, engine: engine, largestBatch: batch)
    }
    let curve = LatencyCurve.table([0.001, 0.002])
    let profile = LatencyProfile(blocks: Array(repeating: BlockProfile(latency: curve, head: curve), count: 4))
    #expect(cache.load(key(machine)) == nil)
    let part = LatencyDispersion.Part(median: [0.001, 0.002], ratios: [[0.9, 1.1], [0.8, 1.2]])
    let dispersion = LatencyDispersion(
      blocks: Array(
        repeating: LatencyDispersion.Block(probabilities: [0, 1], body: part, head: part), count: 4))
    let measured = MeasuredLatency(median: profile, p99: profile, dispersion: dispersion, repeats: 3)
    let table = try cache.store(measured, key(machine))
    #expect(cache.load(key(machine)) == table && table.profile == profile && table.dispersion == dispersion)
    #expect(cache.load(key(Machine(processor: "Test 1", cores: 4))) == nil)
    #expect(cache.load(key(machine, "f")) == nil && cache.load(key(machine, "e", 3)) == nil)
    let path = cache.path(of: key(machine))
    let good = try FileBytes.read(path)
    // A file of another key under this key's name, a damaged one, none at all: all mean to measure again.
    try FileBytes.write(Array(JSON(utf8: good).setting("key", to: "other").pretty.utf8), to: path)
    #expect(cache.load(key(machine)) == nil)
    try FileBytes.write(Array(good.dropLast(20)), to: path)
    #expect(cache.load(key(machine)) == nil)
    #expect(throws: EngineError.self) {
      try MeasurementCache(directory: "/nowhere/at/all")
        .store(measured, key(machine))
    }
  }

  @Test func theMachineHasAName() {
    let machine = Machine.current()
    #expect(!machine.processor.isEmpty && machine.cores >= 1)
  }
}
