public import EdgeModel

/// Computes nothing: answers are those the model gave to the held-out images when it was made, found by each row's
/// sample. Its times are zero, so with pacing by a latency table it is a pure replay, the same on every machine.
///
/// Features are not read and may be absent.
public struct ReplayEngine: InferenceEngine, Sendable {
  private let heldOut: HeldOutImages
  private let featureValues: [Int]
  public let largestBatch: Int

  /// `largestBatch` is the latency table's.
  public init(model: ModelManifest, heldOut: HeldOutImages, largestBatch: Int) {
    self.heldOut = heldOut
    self.largestBatch = largestBatch
    featureValues = model.blocks.map(\.inputValues)
  }

  public var blockCount: Int { featureValues.count }
  public func featureValues(entering block: Int) -> Int { featureValues[block - 1] }
  public func makeBatch() -> FeatureBatch { FeatureBatch(capacity: largestBatch, widest: 0) }

  public mutating func append(
    _ rows: [BatchJob.Row], entering block: Int, to batch: inout FeatureBatch
  ) throws(EngineError) -> BlockReport {
    guard rows.count <= batch.capacity - batch.rows else {
      throw EngineError(
        "\(batch.rows + rows.count) rows, the engine takes \(batch.capacity)", at: "block \(block)",
        remedy: "plan smaller batches")
    }
    for row in rows where !(0..<heldOut.count).contains(row.sample) {
      throw EngineError(
        "there is no held-out image \(row.sample), the model has \(heldOut.count)", at: "block \(block)",
        remedy: "have device and worker use one model")
    }
    for row in rows { batch.append(sample: row.sample, row: UnsafeRawBufferPointer(start: nil, count: 0)) }
    return BlockReport(computed: .zero)
  }
  public mutating func run(block: Int, on batch: inout FeatureBatch) throws(EngineError) -> BlockReport {
    BlockReport(computed: .zero)
  }
  public mutating func runHead(exit: Int, rows: Range<Int>, of batch: borrowing FeatureBatch) throws(EngineError)
    -> ExitAnswers
  {
    let answers = rows.map { row in
      let sample = batch.sample(of: row)
      return ExitAnswers.Answer(
        predicted: heldOut.predicted(sample, exit: exit), confidence: heldOut.confidence(sample, exit: exit))
    }
    return ExitAnswers(answers: answers, computed: .zero)
  }
}
