import CTightLoop
import EdgeModel
import Inference

/// What a batch asked of its engine, in order: what the tight loop repeats.
final class BatchSteps {
  private(set) var steps: [tight_step] = []
  private(set) var orders: [Int32] = []
  /// In the order in which they entered.
  private(set) var features: [any FeatureStorage] = []

  func removeAll() {
    steps = []
    orders = []
    features = []
  }
  func add(_ kind: tight_kind, part: Int = 0, first: Int = 0, count: Int = 0) {
    steps.append(tight_step(kind: kind, part: Int32(part), first: Int32(first), count: Int32(count)))
  }
  func add(gathered order: [Int]) {
    add(TIGHT_GATHER, first: orders.count, count: order.count)
    orders += order.map(Int32.init)
  }
  func add(_ rows: [BatchJob.Row], entering block: Int) {
    add(TIGHT_APPEND, part: block, count: rows.count)
    features += rows.compactMap(\.feature)
  }
}

/// Notes all that is asked of another engine.
struct NotingEngine<Noted: InferenceEngine & ~Copyable>: InferenceEngine, ~Copyable {
  var engine: Noted
  let notes: BatchSteps

  var blockCount: Int { engine.blockCount }
  var largestBatch: Int { engine.largestBatch }
  func featureValues(entering block: Int) -> Int { engine.featureValues(entering: block) }
  func makeBatch() throws(EngineError) -> FeatureBatch { try engine.makeBatch() }

  mutating func append(
    _ rows: [BatchJob.Row], entering block: Int, to batch: inout FeatureBatch
  ) throws(EngineError) -> BlockReport {
    notes.add(rows, entering: block)
    return try engine.append(rows, entering: block, to: &batch)
  }
  mutating func keep(first count: Int, of batch: inout FeatureBatch) throws(EngineError) {
    notes.add(TIGHT_KEEP, count: count)
    try engine.keep(first: count, of: &batch)
  }
  mutating func gather(_ order: [Int], of batch: inout FeatureBatch) throws(EngineError) {
    notes.add(gathered: order)
    try engine.gather(order, of: &batch)
  }
  mutating func run(block: Int, on batch: inout FeatureBatch) throws(EngineError) -> BlockReport {
    notes.add(TIGHT_RUN, part: block)
    return try engine.run(block: block, on: &batch)
  }
  mutating func runHead(exit: Int, rows: Range<Int>, of batch: borrowing FeatureBatch) throws(EngineError)
    -> ExitAnswers
  {
    notes.add(TIGHT_HEAD, part: exit, first: rows.lowerBound, count: rows.count)
    return try engine.runHead(exit: exit, rows: rows, of: batch)
  }
}
