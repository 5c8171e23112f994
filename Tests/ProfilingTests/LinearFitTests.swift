import EdgeModel
import Profiling
import Testing

@Suite struct LinearFitTests {
  @Test func aLineIsFoundExactly() throws {
    for seed in 0..<2000 as Range<UInt64> {
      var random = RandomStream(seed: seed, device: 0, purpose: "fit")
      let alpha = Double.random(in: 1e-7...1e-2, using: &random)
      let beta = Double.random(in: -1e-3...1e-1, using: &random)
      let sizes = Int.random(in: 2...128, using: &random)
      let fit = try #require(LinearFit((1...sizes).map { alpha * Double($0) + beta }))
      let scale = alpha * Double(sizes) + beta.magnitude
      #expect((fit.alpha - alpha).magnitude < 1e-12 * scale * 10 && (fit.beta - beta).magnitude < 1e-11 * scale)
      #expect(fit.residual < 1e-13 * scale * 10)
      #expect(try ((#require(fit.ratio)) - beta / alpha).magnitude < 1e-6 * (1 + (beta / alpha).magnitude))
      #expect((fit.seconds(sizes) - alpha * Double(sizes) - beta).magnitude < 1e-11 * scale)
    }
  }

  @Test func noOtherLineMissesLess() throws {
    func squares(_ latencies: [Double], _ alpha: Double, _ beta: Double) -> Double {
      latencies.enumerated().reduce(0) { sum, next in
        let missed = next.element - alpha * Double(next.offset + 1) - beta
        return sum + missed * missed
      }
    }
    for seed in 0..<500 as Range<UInt64> {
      var random = RandomStream(seed: seed, device: 1, purpose: "fit")
      let latencies = (1...Int.random(in: 3...64, using: &random)).map { size in
        0.3 * Double(size) + 2 + Double.random(in: -1...1, using: &random)
      }
      let fit = try #require(LinearFit(latencies))
      let least = squares(latencies, fit.alpha, fit.beta)
      #expect(((fit.residual * fit.residual * Double(latencies.count)) - least).magnitude < 1e-9)
      for _ in 0..<20 {
        let (dAlpha, dBeta) = (Double.random(in: -0.1...0.1, using: &random), Double.random(in: -1...1, using: &random))
        #expect(squares(latencies, fit.alpha + dAlpha, fit.beta + dBeta) >= least)
      }
    }
  }

  @Test func oneSizeMakesNoLineAndAFlatOneNoRatio() throws {
    #expect(LinearFit([]) == nil && LinearFit([1]) == nil)
    let flat = try #require(LinearFit([2, 2, 2]))
    #expect(flat.alpha == 0 && flat.beta == 2 && flat.ratio == nil && flat.residual == 0)
  }
}
