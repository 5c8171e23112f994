import Inference
import Testing

@Suite struct ExitAnswersTests {
  private func answer(_ logits: [Float]) -> ExitAnswers.Answer {
    logits.withUnsafeBufferPointer { ExitAnswers.Answer(logits: $0) }
  }

  @Test func softmaxIsStable() {
    #expect(answer([0, 0, 0, 0]) == .init(predicted: 0, confidence: 0.25))
    #expect(answer([1e30, -1e30]) == .init(predicted: 0, confidence: 1))
    #expect(answer([-1e38, -1e38, -9e37]) == .init(predicted: 2, confidence: 1))
    let shifted = answer([1001, 1002, 1003])
    #expect(shifted.predicted == 2 && abs(shifted.confidence - 0.66524095) < 1e-7)
  }
  @Test func logitsThatAreNotFiniteNameAClassWithConfidenceZero() {
    #expect(answer([.nan, 1, 2]) == .init(predicted: 2, confidence: 0))
    #expect(answer([.nan, .nan]) == .init(predicted: 0, confidence: 0))
    #expect(answer([.infinity, 1]) == .init(predicted: 1, confidence: 0))
    #expect(answer([-.infinity, -.infinity]) == .init(predicted: 0, confidence: 0))
    #expect(answer([]) == .init(predicted: 0, confidence: 0))
  }
}
