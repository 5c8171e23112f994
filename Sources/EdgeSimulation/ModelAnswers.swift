public import Inference

/// What a model's exits answer to each held-out image, and the truth: all that a run without the model must know of it.
public struct ModelAnswers: Hashable, Sendable {
  /// The right class of each image; at least one.
  public let labels: [UInt8]
  /// `answers[sample][exit - 1]`.
  public let answers: [[ExitAnswers.Answer]]

  /// One row of `answers` for each of `labels`, all of one length.
  public init(labels: [UInt8], answers: [[ExitAnswers.Answer]]) {
    precondition(!labels.isEmpty && labels.count == answers.count, "one row of answers for each image")
    precondition(answers.allSatisfy { $0.count == answers[0].count }, "one answer for each exit")
    self.labels = labels
    self.answers = answers
  }
  /// What the model answered when it was made.
  public init(_ heldOut: HeldOutImages) {
    self.init(
      labels: (0..<heldOut.count).map { UInt8(heldOut.label(of: $0)) },
      answers: (0..<heldOut.count).map { sample in
        (1...heldOut.exits).map { exit in
          ExitAnswers.Answer(
            predicted: heldOut.predicted(sample, exit: exit), confidence: heldOut.confidence(sample, exit: exit))
        }
      })
  }
}
