import EdgeModel
import Inference

/// Computes nothing: an exit answers by its table. It takes what is drawn for it, or no time. Features are absent.
struct TableEngine: InferenceEngine {
  let model: SimulatedModel
  let largestBatch: Int
  var draws: EngineDraws?
  /// Lets the time of a computation pass.
  let compute: (Duration) -> Void

  var blockCount: Int { model.featureBytes.count }
  func featureValues(entering block: Int) -> Int { model.featureBytes[block - 1] / MemoryLayout<Float>.stride }
  func makeBatch() -> FeatureBatch { FeatureBatch(capacity: largestBatch, widest: 0) }

  mutating func append(
    _ rows: [BatchJob.Row], entering block: Int, to batch: inout FeatureBatch
  ) throws(EngineError) -> BlockReport {
    for row in rows { batch.append(sample: row.sample, row: UnsafeRawBufferPointer(start: nil, count: 0)) }
    return BlockReport(computed: .zero)
  }
  mutating func run(block: Int, on batch: inout FeatureBatch) throws(EngineError) -> BlockReport {
    let time = draws?.body(of: block, size: batch.rows) ?? .zero
    compute(time)
    return BlockReport(computed: time)
  }
  mutating func runHead(exit: Int, rows: Range<Int>, of batch: borrowing FeatureBatch) throws(EngineError)
    -> ExitAnswers
  {
    let time = draws?.head(of: exit, rows: rows.count) ?? .zero
    compute(time)
    return ExitAnswers(answers: batch.samples[rows].map { model.answers.answers[$0][exit - 1] }, computed: time)
  }
}
