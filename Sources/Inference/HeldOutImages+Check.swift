public import EdgeModel

/// Files of one model exchanged with each other, or taken from another training, have the right sizes and shapes. What
/// they answer gives them away.
extension HeldOutImages {
  /// How far a confidence may be from the record: other processors and engines round otherwise, some to fewer bits.
  static let tolerance = 0.05

  /// Throws where an exit of `engine` answers more than half of the first held-out images otherwise than it did when
  /// `model` was made. `features[i]` is image i's as it enters block 1, at least one. Takes one batch through the model.
  public func check<Engine: InferenceEngine & ~Copyable>(
    answersOf engine: inout Engine, model: ModelManifest, features: [FeatureBuffer]
  ) throws(EngineError) {
    let size = min(features.count, engine.largestBatch, count)
    precondition(size >= 1, "nothing to check with")
    var batch = try engine.makeBatch()
    _ = try engine.append(EnginePass.rows(size, features), entering: 1, to: &batch)
    for exit in 1...engine.blockCount {
      _ = try engine.run(block: exit, on: &batch)
      let answers = try engine.runHead(exit: exit, rows: 0..<size, of: batch).answers
      let wrong = answers.indices.count { !agrees(answers[$0], sample: $0, exit: exit) }
      guard 2 * wrong <= size else {
        throw EngineError(
          "exit \(exit) answers \(wrong) of \(size) held-out images otherwise than when the model was made",
          at: "\(model.directory)/\(model.blocks[exit - 1].file.name) or \(model.exits[exit - 1].file.name)",
          remedy: "a file is of another part or another training: restore the model's directory")
      }
    }
  }

  private func agrees(_ answer: ExitAnswers.Answer, sample: Int, exit: Int) -> Bool {
    // A class that is this sure has no rival, so the record must name it too.
    let isSure = answer.confidence > 0.5 + Self.tolerance
    return abs(answer.confidence - confidence(sample, exit: exit)) <= Self.tolerance
      && (!isSure || answer.predicted == predicted(sample, exit: exit))
  }
}
