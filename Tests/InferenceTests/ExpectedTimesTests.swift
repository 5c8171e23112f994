import EdgeModel
import Testing

@testable import Inference

@Suite struct ExpectedTimesTests {
  private func curve(_ random: inout RandomStream, upTo largest: Int) -> LatencyCurve {
    if Bool.random(using: &random) {
      return .linear(alpha: random.uniform() * 1e-3, beta: random.uniform() * 1e-2)
    }
    let more = Int.random(in: 0...3, using: &random)
    return .table((0..<largest + more).map { _ in random.uniform() * 1e-2 })
  }

  @Test(arguments: 0..<50) func theyAreTheProfiles(seed: UInt64) {
    var random = RandomStream(seed: seed, device: 0, purpose: "profiles")
    let (blocks, largest) = (Int.random(in: 1...6, using: &random), Int.random(in: 1...40, using: &random))
    // A profile may know of more blocks than the model has.
    var profiles = (0..<Int.random(in: 1...4, using: &random)).map { _ in
      LatencyProfile(
        blocks: (0..<blocks + Int.random(in: 0...2, using: &random)).map { _ in
          BlockProfile(latency: curve(&random, upTo: largest), head: curve(&random, upTo: largest))
        })
    }
    // And may stand for several concurrencies.
    profiles[profiles.count - 1] = profiles.randomElement(using: &random) ?? profiles[0]
    let expected = ExpectedTimes(profiles, blocks: blocks, largestBatch: largest)
    for _ in 0..<500 {
      let block = Int.random(in: 1...blocks, using: &random)
      let size = Int.random(in: 0...largest, using: &random)
      let asked = Int.random(in: 0...size, using: &random)
      let concurrency = Int.random(in: 0...6, using: &random)
      let profile = profiles[min(max(concurrency, 1), profiles.count) - 1].blocks[block - 1]
      let seconds = profile.latency.seconds(size) + profile.head.seconds(asked)
      #expect(
        expected.nanoseconds(of: block, size: size, asked: asked, concurrency: concurrency)
          == Int64((seconds * 1e9).rounded()), "seed \(seed)")
    }
  }
}
