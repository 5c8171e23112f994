public import EdgeModel
import Units

/// One batch through a whole model, timed part by part: every row runs to the end and is asked at every exit.
///
/// Measurements time whole passes, block after block as in a batch, so that one block's weights push another's out of
/// the caches as they will in a run.
public struct EnginePass: Hashable, Sendable {
  /// Bringing the features into the batch [s].
  public var loading = 0.0
  /// Each block's body [s].
  public var bodies: [Double] = []
  /// Each exit head, its answers included [s].
  public var heads: [Double] = []
  /// Of each head, getting its answers out of the engine [s].
  public var answers: [Double] = []

  /// Runs a batch of `size` in 1...largestBatch on `engine`. `features` are of block 1's size, at least one; they are
  /// used in turn. O(the model).
  public init<Engine: InferenceEngine & ~Copyable>(
    on engine: inout Engine, _ batch: inout FeatureBatch, size: Int, features: [FeatureBuffer]
  ) throws(EngineError) {
    batch.removeAll()
    loading = try engine.append(Self.rows(size, features), entering: 1, to: &batch).computed.inSeconds
    for block in 1...engine.blockCount {
      bodies.append(try engine.run(block: block, on: &batch).computed.inSeconds)
      let head = try engine.runHead(exit: block, rows: 0..<size, of: batch)
      heads.append(head.computed.inSeconds)
      answers.append(head.transferred.inSeconds)
    }
  }

  /// Block 1, head 1, block 2, … Loading counts as part of block 1, whose result it delays.
  public var parts: [Double] {
    bodies.indices.flatMap { [bodies[$0] + ($0 == 0 ? loading : 0), heads[$0]] }
  }
  /// All of it [s].
  public var whole: Double { loading + bodies.reduce(0, +) + heads.reduce(0, +) }

  /// `size` rows with the features of `features` in turn.
  public static func rows(_ size: Int, _ features: [FeatureBuffer]) -> [BatchJob.Row] {
    (0..<size).map { index in
      BatchJob.Row(
        task: TaskID(device: 0, number: index), sample: 0, feature: features[index % features.count])
    }
  }
}
