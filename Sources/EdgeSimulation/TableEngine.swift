import EdgeModel
import Inference

/// Computes nothing: an exit answers by its table. It takes what is drawn for it, or no time. Features are absent.
///
/// What is drawn was measured with one instance at work: with more it is longer as the profiles are.
struct TableEngine: InferenceEngine {
  let model: SimulatedModel
  let largestBatch: Int
  var draws: EngineDraws?
  /// For 1, 2, … instances at work.
  let profiles: [LatencyProfile]
  let concurrency: () -> Int
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
    let time = slowed(draws?.body(of: block, size: batch.rows) ?? .zero) {
      $0.blocks[block - 1].latency.seconds(batch.rows)
    }
    compute(time)
    return BlockReport(computed: time)
  }
  mutating func runHead(exit: Int, rows: Range<Int>, of batch: borrowing FeatureBatch) throws(EngineError)
    -> ExitAnswers
  {
    let time = slowed(draws?.head(of: exit, rows: rows.count) ?? .zero) { $0.blocks[exit - 1].head.seconds(rows.count) }
    compute(time)
    return ExitAnswers(answers: rows.map { model.answers.answers[batch.sample(of: $0)][exit - 1] }, computed: time)
  }

  private func slowed(_ time: Duration, _ latency: (LatencyProfile) -> Double) -> Duration {
    let place = min(concurrency(), profiles.count) - 1
    guard place > 0, time > .zero else { return time }
    let alone = latency(profiles[0])
    return alone > 0 ? time * (latency(profiles[place]) / alone) : time
  }
}
