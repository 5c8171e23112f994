/// A model without its weights.
public struct SimulatedModel: Hashable, Sendable {
  /// Bytes of the feature that enters block n at `featureBytes[n - 1]`; positive, one for each block.
  public let featureBytes: [Int]
  /// Accuracy of the exit behind block n at `accuracies[n - 1]`, in 0...1.
  public let accuracies: [Double]
  public let answers: ModelAnswers

  public init(featureBytes: [Int], accuracies: [Double], answers: ModelAnswers) {
    precondition(!featureBytes.isEmpty && featureBytes.allSatisfy { $0 > 0 }, "every block takes a feature")
    precondition(accuracies.count == featureBytes.count, "one accuracy for each block's exit")
    precondition(answers.answers[0].count == featureBytes.count, "one answer for each block's exit")
    self.featureBytes = featureBytes
    self.accuracies = accuracies
    self.answers = answers
  }
}
