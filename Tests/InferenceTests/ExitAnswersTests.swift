import EdgeModel
import Glibc
import Testing

@testable import Inference

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

  /// Beside sums of the C library's exponentials in double precision; logits up to the greatest there are.
  @Test(arguments: 0..<50) func answersAreTheSoftmaxsOwn(seed: UInt64) {
    var random = RandomStream(seed: seed, device: 0, purpose: "logits")
    for number in 0..<200 {
      let classes = number == 0 ? 1000 : Int.random(in: 1...40, using: &random)
      let spread = number % 10 == 1 ? 38 : Float.random(in: -3...4, using: &random)
      // Some twice, so that the first of several greatest is looked for.
      var logits = (0..<classes).map { _ in Float(random.uniform() - 0.5) * powf(10, spread) }
      logits[Int.random(in: logits.indices, using: &random)] = logits[Int.random(in: logits.indices, using: &random)]
      let greatest = logits.max() ?? 0
      let sum = logits.reduce(0.0) { $0 + exp(Double($1) - Double(greatest)) }
      let found = answer(logits)
      #expect(found.predicted == logits.firstIndex(of: greatest))
      #expect(abs(found.confidence * sum - 1) < 3e-7, "seed \(seed): \(logits)")
      #expect(found.confidence <= 1)

      let broken = Int.random(in: logits.indices, using: &random)
      logits[broken] = [Float.nan, .infinity, -.infinity].randomElement(using: &random) ?? .nan
      let finite = logits.indices.filter { logits[$0].isFinite }
      let best = finite.max { (logits[$0], $1) < (logits[$1], $0) }
      #expect(answer(logits) == .init(predicted: best ?? 0, confidence: 0), "seed \(seed): \(logits)")
    }
  }
  /// In steps that no table has.
  @Test func exponentialsAreRightDownToTheirEnd() {
    var x: Float = 0
    while x >= -87 {
      let exact = exp(Double(x))
      #expect(abs(Double(ExitAnswers.Answer.exponentials(of: .init(repeating: x))[0]) - exact) < 2e-7 * exact, "\(x)")
      x -= 0.00137
    }
    for x in [-87.001, -100, -1e30, -.infinity] as [Float] {
      #expect(ExitAnswers.Answer.exponentials(of: .init(repeating: x)) == .zero)
    }
    #expect(ExitAnswers.Answer.exponentials(of: .zero) == .one)
  }
}
