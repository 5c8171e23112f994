import EdgeModel
import Inference
import OnnxRuntime

/// What single rows answer: each row by itself, on an engine of its own.
struct LoneRows: ~Copyable {
  /// How a row went through the model.
  struct Path: Hashable {
    var sample: Int
    var entry: Int
    var exit: Int
    /// For each block from `entry` on: whether the row was the only one there.
    var wasAlone: [Bool]
    /// Whether the exit was asked about this row alone.
    var wasAskedAlone: Bool
  }
  /// `features[block - 1][sample]`.
  let features: [[FeatureBuffer]]
  private var engine: OnnxEngine
  private var batch: FeatureBatch
  private var known: [Path: ExitAnswers.Answer] = [:]

  /// `samples` held-out images of the digits model, as features that enter each of its blocks.
  init(samples: Int) throws {
    let (model, runtime) = (try Digits.model(), try Digits.runtime())
    var stem = try StemEngine(
      model: model, heldOut: HeldOutImages(model), runtime: runtime, deepestEntry: model.blocks.count)
    var features: [[FeatureBuffer]] = []
    for block in 1...model.blocks.count {
      var entering: [FeatureBuffer] = []
      for sample in 0..<samples { entering.append(try stem.feature(of: sample, entering: block)) }
      features.append(entering)
    }
    let engine = try OnnxEngine(model: model, largestBatch: 2, runtime: runtime)
    self.features = features
    batch = engine.makeBatch()
    self.engine = engine
  }

  /// The row by itself all the way.
  mutating func answer(_ sample: Int, entry: Int, exit: Int) throws -> ExitAnswers.Answer {
    let wasAlone = Array(repeating: true, count: exit - entry + 1)
    return try answer(Path(sample: sample, entry: entry, exit: exit, wasAlone: wasAlone, wasAskedAlone: true))
  }

  /// The row as it went, but where it had company, that of its own copy.
  mutating func answer(_ path: Path) throws -> ExitAnswers.Answer {
    if let answer = known[path] { return answer }
    let row = BatchJob.Row(
      task: TaskID(device: 0, number: 0), sample: 0, feature: features[path.entry - 1][path.sample])
    batch.removeAll()
    _ = try engine.append([row], entering: path.entry, to: &batch)
    for (index, isAlone) in path.wasAlone.enumerated() {
      try makeAlone(isAlone)
      _ = try engine.run(block: path.entry + index, on: &batch)
    }
    try makeAlone(path.wasAskedAlone)
    let answer = try engine.runHead(exit: path.exit, rows: 0..<batch.rows, of: batch).answers[0]
    known[path] = answer
    return answer
  }

  private mutating func makeAlone(_ isAlone: Bool) throws {
    if isAlone { try engine.keep(first: 1, of: &batch) } else { try engine.gather([0, 0], of: &batch) }
  }
}
