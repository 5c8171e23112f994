import EdgeModel
import Testing
import TraceLog

@testable import TraceAnalysis

struct ClockFitTests {
  /// The true offset lies within the bound at every instant of the trace, whatever the delays.
  @Test(arguments: 0..<50)
  func trueOffsetIsWithinTheBound(seed: Int) throws {
    var random = RandomStream(seed: UInt64(seed), device: 0, purpose: "clock")
    let offset = Double.random(in: -1e9...1e9, using: &random)
    let drift = Double.random(in: -5e-5...5e-5, using: &random)
    let count = Int.random(in: 1...600, using: &random)
    let probes = (0..<count).map { index in
      let sent = Double(index) * 1e8
      let there = Double.random(in: 2e4...4e5, using: &random)
      let back = Double.random(in: 2e4...4e5, using: &random)
      let peer = sent + there + offset + drift * (sent + there)
      return ClockFit.Probe(
        sent: Instant(nanoseconds: Int64(sent)), peer: Instant(nanoseconds: Int64(peer)),
        received: Instant(nanoseconds: Int64(sent + there + back)))
    }
    let last = Double(count) * 1e8 + 5e9
    let fit = ClockFit.fit(probes, usedFrom: -1e9, to: last)
    let bound = Double(try #require(fit.bound).nanoseconds)
    for time in [-1e9, 0, last / 2, last] {
      let error = abs(fit.offset + fit.drift * time - offset - drift * time)
      #expect(error <= bound + 2, "at \(time)")
    }
  }

  @Test func noProbesNoClock() { #expect(ClockFit.fit([], usedFrom: 0, to: 1).method == .unknown) }

  @Test func nodesOfOneHostDifferByTheirRunStarts() {
    var run = SyntheticRun(seed: 1)
    for index in run.nodes[3].records.indices {
      if case .runStarted = run.nodes[3].records[index].record {
        run.nodes[3].records[index].record = .runStarted(monotonic: 5_000_000_700)
      }
    }
    let fit = run.run.traces.first { $0.node == "device-0" }?.clock
    #expect(fit == ClockFit(method: .sameHost, offset: 700, drift: 0, bound: .zero))
  }

  @Test func descriptionMayAskForProbesOnOneHost() {
    var run = SyntheticRun(seed: 1)
    run.description.nodes[3].usesClockProbes = true
    #expect(run.run.traces.first { $0.node == "device-0" }?.clock.method == .unknown)
  }
}

extension Duration {
  fileprivate var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}
