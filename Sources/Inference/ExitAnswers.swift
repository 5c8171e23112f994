import Glibc

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
  /// What the engine took, `transferred` included.
  public var computed: Duration
  /// What it took of that to get the answers out of the engine's tensors.
  public var transferred: Duration
  public init(answers: [Answer], computed: Duration, transferred: Duration = .zero) {
    self.answers = answers
    self.computed = computed
    self.transferred = transferred
  }
}

extension ExitAnswers.Answer {
  /// The answer that logits stand for. O(classes).
  ///
  /// A logit that is not finite (a device sent NaN, say) makes the confidence 0 and touches no other row: the greatest
  /// finite logit still names the class, class 0 where there is none.
  public init(logits: UnsafeBufferPointer<Float>) {
    var best = 0
    var greatest = -Float.infinity
    var areFinite = !logits.isEmpty
    for (index, logit) in logits.enumerated() {
      guard logit.isFinite else {
        areFinite = false
        continue
      }
      if logit > greatest { (best, greatest) = (index, logit) }
    }
    guard areFinite else {
      self.init(predicted: best, confidence: 0)
      return
    }
    // Taking the greatest off first keeps every exponent at most 0, so nothing overflows. Exponentials to single
    // precision cost half as much, and logits have no more.
    var sum = 0.0
    for logit in logits { sum += Double(expf(logit - greatest)) }
    self.init(predicted: best, confidence: 1 / sum)
  }
}
