import Units

/// What an exit head says of some rows, in their order.
public struct ExitAnswers: Hashable, Sendable {
  public struct Answer: Hashable, Sendable {
    /// The class with the greatest logit; the first of several.
    public var predicted: Int
    /// Greatest softmax output, in 0...1.
    public var confidence: Double
    public init(predicted: Int, confidence: Double) {
      self.predicted = predicted
      self.confidence = confidence
    }
  }
  public var answers: [Answer]
  /// `computed` and `transferred` in nanoseconds: a `Duration` is 128 bits wide, and its sums are calls.
  public var nanoseconds: Int64
  public var transferNanoseconds: Int64
  /// What the engine took, `transferred` included.
  public var computed: Duration { .nanoseconds(nanoseconds) }
  /// What it took of that to get the answers out of the engine's tensors.
  public var transferred: Duration { .nanoseconds(transferNanoseconds) }
  public init(answers: [Answer], computed: Duration, transferred: Duration = .zero) {
    self.init(answers: answers, nanoseconds: computed.inNanoseconds, transferNanoseconds: transferred.inNanoseconds)
  }
  /// `transferNanoseconds` are a part of `nanoseconds`.
  public init(answers: [Answer], nanoseconds: Int64, transferNanoseconds: Int64) {
    self.answers = answers
    self.nanoseconds = nanoseconds
    self.transferNanoseconds = transferNanoseconds
  }
}
