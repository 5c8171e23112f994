import EdgeModel
import Inference

/// Says it took known times, each more or less by chance, and notes what it was asked.
struct KnownEngine: InferenceEngine {
  struct Timing {
    /// Of block n's body at `[n - 1]`, in nanoseconds.
    var alpha = [10_000, 20_000, 5_000]
    var beta = [80_000, 40_000, 90_000]
    var head = 1_000
    var loading = 700
    var answering = 300
    /// Largest factor by which a time may be longer.
    var scatter = 1.0
  }
  var timing = Timing()
  var random = RandomStream(seed: 0, device: 0, purpose: "engine")
  var gathered: [[Int]] = []
  var kept: [Int] = []
  var blocksRun = 0

  let largestBatch: Int
  init(largestBatch: Int, timing: Timing = Timing(), seed: UInt64 = 0) {
    self.largestBatch = largestBatch
    self.timing = timing
    random = RandomStream(seed: seed, device: 0, purpose: "engine")
  }

  var blockCount: Int { timing.alpha.count }
  func featureValues(entering block: Int) -> Int { block }
  func makeBatch() -> FeatureBatch { FeatureBatch(capacity: largestBatch, widest: blockCount + 1) }

  mutating func append(
    _ rows: [BatchJob.Row], entering block: Int, to batch: inout FeatureBatch
  ) throws(EngineError) -> BlockReport {
    for row in rows { row.feature?.withFeatureBytes { batch.append(sample: 0, row: $0) } }
    return BlockReport(computed: time(timing.loading * rows.count))
  }
  mutating func gather(_ order: [Int], of batch: inout FeatureBatch) throws(EngineError) {
    gathered.append(order)
    batch.gather(order)
  }
  mutating func keep(first count: Int, of batch: inout FeatureBatch) throws(EngineError) {
    kept.append(count)
    batch.keep(first: count)
  }
  mutating func run(block: Int, on batch: inout FeatureBatch) throws(EngineError) -> BlockReport {
    blocksRun += 1
    batch.replace(values: block + 1) { _, output in output.update(repeating: 0) }
    return BlockReport(computed: time(timing.alpha[block - 1] * batch.rows + timing.beta[block - 1]))
  }
  mutating func runHead(exit: Int, rows: Range<Int>, of batch: borrowing FeatureBatch) throws(EngineError)
    -> ExitAnswers
  {
    let transferred = timing.answering * rows.count
    return ExitAnswers(
      answers: [], computed: time(timing.head + transferred), transferred: .nanoseconds(transferred))
  }
  private mutating func time(_ nanoseconds: Int) -> Duration {
    let factor = timing.scatter > 1 ? Double.random(in: 1...timing.scatter, using: &random) : 1
    return .nanoseconds(Int64((Double(nanoseconds) * factor).rounded()))
  }

  /// What a profiler runs this on.
  var features: [[FeatureBuffer]] { (1...blockCount).map { [FeatureBuffer(byteCount: 4 * $0)] } }
}
