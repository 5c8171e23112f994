import EdgeModel
import Inference

/// How long an engine ran blocks and heads since somebody set it to 0.
final class EngineClock {
  var nanoseconds: Int64 = 0
}

/// Another engine, with what its blocks and heads take added to `clock`: the rest of a batch's time is ours.
struct ClockedEngine<Clocked: InferenceEngine & ~Copyable>: InferenceEngine, ~Copyable {
  var engine: Clocked
  let clock: EngineClock

  var blockCount: Int { engine.blockCount }
  var largestBatch: Int { engine.largestBatch }
  func featureValues(entering block: Int) -> Int { engine.featureValues(entering: block) }
  func makeBatch() throws(EngineError) -> FeatureBatch { try engine.makeBatch() }

  mutating func append(
    _ rows: [BatchJob.Row], entering block: Int, to batch: inout FeatureBatch
  ) throws(EngineError) -> BlockReport { try engine.append(rows, entering: block, to: &batch) }
  mutating func adopt(_ group: FeatureRows.Group, of features: FeatureRows, into batch: inout FeatureBatch) -> Bool {
    engine.adopt(group, of: features, into: &batch)
  }
  mutating func keep(first count: Int, of batch: inout FeatureBatch) throws(EngineError) {
    try engine.keep(first: count, of: &batch)
  }
  mutating func gather(_ order: [Int], of batch: inout FeatureBatch) throws(EngineError) {
    try engine.gather(order, of: &batch)
  }
  mutating func run(block: Int, on batch: inout FeatureBatch) throws(EngineError) -> BlockReport {
    let report = try engine.run(block: block, on: &batch)
    clock.nanoseconds += report.nanoseconds
    return report
  }
  /// Answers taken from its logits are ours.
  mutating func runHead(exit: Int, rows: Range<Int>, of batch: borrowing FeatureBatch) throws(EngineError)
    -> ExitAnswers
  {
    let answers = try engine.runHead(exit: exit, rows: rows, of: batch)
    clock.nanoseconds += answers.nanoseconds - answers.transferNanoseconds
    return answers
  }
}
