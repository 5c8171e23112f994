public import EdgeModel
public import Inference

/// A model's blocks and exit heads on ONNX Runtime, on the CPU.
public struct OnnxEngine: InferenceEngine, ~Copyable, Sendable {
  package let blocks: [OnnxSession]
  package let heads: [OnnxSession]
  package let classes: Int
  private let widest: Int
  public let largestBatch: Int
  /// The heads' output, written at each call and read at once.
  private var logits: [Float]
  /// What the last head said. Whoever got it has looked at it by the next call, so its memory serves again.
  private var answers: [ExitAnswers.Answer] = []

  /// Loads every block and head of `model`, for batches of at most `largestBatch` ≥ 1 rows.
  ///
  /// Throws, with the file, for one that is missing, has another size or other shapes than the manifest says, or that
  /// the engine cannot load.
  public init(model: ModelManifest, largestBatch: Int, runtime: OnnxRuntime) throws(EngineError) {
    precondition(largestBatch >= 1)
    var blocks: [OnnxSession] = []
    for block in model.blocks { blocks.append(try OnnxSession(runtime, model, block)) }
    var heads: [OnnxSession] = []
    for exit in model.exits {
      heads.append(
        try OnnxSession(
          runtime, model, exit.file, output: "logits", inputValues: exit.inputValues, outputValues: model.classes))
    }
    self.blocks = blocks
    self.heads = heads
    classes = model.classes
    widest = model.blocks.reduce(0) { max($0, $1.inputValues, $1.outputValues) }
    self.largestBatch = largestBatch
    logits = [Float](repeating: 0, count: largestBatch * model.classes)
  }

  /// Another instance of the same model: weights are shared, and both may run at the same time.
  public init(sharing other: borrowing OnnxEngine) {
    blocks = other.blocks
    heads = other.heads
    classes = other.classes
    widest = other.widest
    largestBatch = other.largestBatch
    logits = [Float](repeating: 0, count: largestBatch * classes)
  }

  public var blockCount: Int { blocks.count }
  public func featureValues(entering block: Int) -> Int { blocks[block - 1].inputValues }
  public func makeBatch() -> FeatureBatch { FeatureBatch(capacity: largestBatch, widest: widest) }

  public mutating func adopt(_ features: FeatureRows, entering block: Int, into batch: inout FeatureBatch) -> Bool {
    let bytes = featureValues(entering: block) * MemoryLayout<Float>.stride
    guard let group = features.group(entering: block), group.rowBytes == bytes,
      group.samples.count <= largestBatch - batch.rows
    else { return false }
    batch.adopt(group, of: features)
    return true
  }

  public mutating func run(block: Int, on batch: inout FeatureBatch) throws(EngineError) -> BlockReport {
    let session = blocks[block - 1]
    let rows = batch.rows
    precondition(rows >= 1 && batch.values == session.inputValues, "the batch is not at this block")
    let watch = Stopwatch()
    try batch.replace(values: session.outputValues) { (input, output) throws(EngineError) in
      try session.run(rows: rows, input.baseAddress!, output.baseAddress!)
    }
    return BlockReport(computed: watch.elapsed)
  }

  public mutating func runHead(exit: Int, rows: Range<Int>, of batch: borrowing FeatureBatch) throws(EngineError)
    -> ExitAnswers
  {
    let head = heads[exit - 1]
    let classes = classes
    precondition(
      !rows.isEmpty && rows.count <= largestBatch && batch.values == head.inputValues, "the batch is not at this exit")
    let watch = Stopwatch()
    answers.removeAll(keepingCapacity: true)
    var failure: EngineError?
    var ran = Duration.zero
    logits.withUnsafeMutableBufferPointer { logits in
      do throws(EngineError) {
        try batch.withValues(of: rows) { (input) throws(EngineError) in
          try head.run(rows: rows.count, input.baseAddress!, logits.baseAddress!)
        }
      } catch {
        failure = error
        return
      }
      ran = watch.elapsed
      for row in 0..<rows.count {
        let own = UnsafeBufferPointer(rebasing: logits[row * classes..<(row + 1) * classes])
        answers.append(ExitAnswers.Answer(logits: own))
      }
    }
    if let failure { throw failure }
    let computed = watch.elapsed
    return ExitAnswers(answers: answers, computed: computed, transferred: computed - ran)
  }
}

extension OnnxSession {
  /// The stem or a block of `model`.
  convenience init(_ runtime: OnnxRuntime, _ model: ModelManifest, _ stage: ModelManifest.Stage) throws(EngineError) {
    try self.init(
      runtime, model, stage.file, output: "features", inputValues: stage.inputValues, outputValues: stage.outputValues)
  }
}
