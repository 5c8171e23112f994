import COnnxRuntime
public import EdgeModel
public import Inference

/// A model's blocks and exit heads on ONNX Runtime, on the CPU.
///
/// Move-only: its owner is the only one to touch its memory, and that is what makes the unchecked `Sendable` true.
public struct OnnxEngine: InferenceEngine, ~Copyable, @unchecked Sendable {
  package let blocks: [OnnxSession]
  package let heads: [OnnxSession]
  package let classes: Int
  private let widest: Int
  public let largestBatch: Int
  // What calls need of the sessions, side by side: between two calls the weights go through the caches, and each object
  // looked into is another one to wait for.
  private let blockCalls: [OnnxSession.Call]
  private let headCalls: [OnnxSession.Call]
  /// The heads' output, written at each call and read at once.
  private let logits: UnsafeMutablePointer<Float>
  /// What a call that failed says. Made once: it is of so many bytes that clearing them for each call is felt.
  private let lastError: UnsafeMutablePointer<onnx_error>
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
    self.init(
      blocks: blocks, heads: heads, classes: model.classes,
      widest: model.blocks.reduce(0) { max($0, $1.inputValues, $1.outputValues) }, largestBatch: largestBatch)
  }

  /// Another instance of the same model: weights are shared, and both may run at the same time.
  public init(sharing other: borrowing OnnxEngine) {
    self.init(
      blocks: other.blocks, heads: other.heads, classes: other.classes, widest: other.widest,
      largestBatch: other.largestBatch)
  }

  private init(blocks: [OnnxSession], heads: [OnnxSession], classes: Int, widest: Int, largestBatch: Int) {
    self.blocks = blocks
    self.heads = heads
    self.classes = classes
    self.widest = widest
    self.largestBatch = largestBatch
    blockCalls = blocks.map(\.call)
    headCalls = heads.map(\.call)
    logits = .allocate(capacity: largestBatch * classes)
    lastError = .allocate(capacity: 1)
    lastError.initialize(to: onnx_error())
  }
  deinit {
    logits.deallocate()
    lastError.deallocate()
  }

  public var blockCount: Int { blocks.count }
  public func featureValues(entering block: Int) -> Int { blocks[block - 1].inputValues }
  public func makeBatch() -> FeatureBatch { FeatureBatch(capacity: largestBatch, widest: widest) }

  public mutating func adopt(
    _ group: FeatureRows.Group, of features: FeatureRows, into batch: inout FeatureBatch
  ) -> Bool {
    guard group.rowBytes == featureValues(entering: group.entry) * MemoryLayout<Float>.stride,
      group.samples.count <= largestBatch - batch.rows
    else { return false }
    batch.adopt(group, of: features)
    return true
  }

  public mutating func run(block: Int, on batch: inout FeatureBatch) throws(EngineError) -> BlockReport {
    let call = blockCalls[block - 1]
    let rows = batch.rows
    precondition(rows >= 1 && batch.values == call.inputValues, "the batch is not at this block")
    let watch = Stopwatch()
    try batch.replace(values: call.outputValues) { (input, output) throws(EngineError) in
      guard call.run(rows: rows, input.baseAddress, output.baseAddress, lastError) else {
        throw blocks[block - 1].failure(lastError.pointee)
      }
    }
    return BlockReport(watch)
  }

  public mutating func runHead(exit: Int, rows: Range<Int>, of batch: borrowing FeatureBatch) throws(EngineError)
    -> ExitAnswers
  {
    let call = headCalls[exit - 1]
    precondition(
      !rows.isEmpty && rows.count <= largestBatch && batch.values == call.inputValues, "the batch is not at this exit")
    let watch = Stopwatch()
    let succeeded = batch.withValues(of: rows) { call.run(rows: rows.count, $0.baseAddress, logits, lastError) }
    guard succeeded else { throw heads[exit - 1].failure(lastError.pointee) }
    let ran = watch.nanoseconds
    // Over those of the head before: emptying a list first is a long way round, out of cold caches.
    while answers.count > rows.count { answers.removeLast() }
    for row in 0..<rows.count {
      let answer = ExitAnswers.Answer(logits: UnsafeBufferPointer(start: logits + row * classes, count: classes))
      if row < answers.count { answers[row] = answer } else { answers.append(answer) }
    }
    let all = watch.nanoseconds
    return ExitAnswers(answers: answers, nanoseconds: all, transferNanoseconds: all - ran)
  }
}

extension OnnxSession {
  /// The stem or a block of `model`.
  convenience init(_ runtime: OnnxRuntime, _ model: ModelManifest, _ stage: ModelManifest.Stage) throws(EngineError) {
    try self.init(
      runtime, model, stage.file, output: "features", inputValues: stage.inputValues, outputValues: stage.outputValues)
  }
}
