import EdgeModel
import Inference

/// Fails at a call of any kind, after so many that went well.
struct BrokenEngine: InferenceEngine {
  final class Failure {
    var callsLeft = Int.max
    func next(_ call: String) throws(EngineError) {
      guard callsLeft > 0 else { throw EngineError("it broke", at: call, remedy: "mend it") }
      callsLeft -= 1
    }
  }
  private var replay: ReplayEngine
  let failure = Failure()

  init(_ replay: ReplayEngine) { self.replay = replay }

  var blockCount: Int { replay.blockCount }
  var largestBatch: Int { replay.largestBatch }
  func featureValues(entering block: Int) -> Int { replay.featureValues(entering: block) }
  func makeBatch() -> FeatureBatch { replay.makeBatch() }

  mutating func append(
    _ rows: [BatchJob.Row], entering block: Int, to batch: inout FeatureBatch
  ) throws(EngineError) -> BlockReport {
    try failure.next("append")
    return try replay.append(rows, entering: block, to: &batch)
  }
  mutating func keep(first count: Int, of batch: inout FeatureBatch) throws(EngineError) {
    try failure.next("keep")
    batch.keep(first: count)
  }
  mutating func gather(_ order: [Int], of batch: inout FeatureBatch) throws(EngineError) {
    try failure.next("gather")
    batch.gather(order)
  }
  mutating func run(block: Int, on batch: inout FeatureBatch) throws(EngineError) -> BlockReport {
    try failure.next("run")
    return try replay.run(block: block, on: &batch)
  }
  mutating func runHead(exit: Int, rows: Range<Int>, of batch: borrowing FeatureBatch) throws(EngineError)
    -> ExitAnswers
  {
    try failure.next("head")
    return try replay.runHead(exit: exit, rows: rows, of: batch)
  }
}
