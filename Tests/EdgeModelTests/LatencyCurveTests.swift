import EdgeModel
import Testing

/// Latencies grow with the batch, whatever was measured.
@Suite struct LatencyCurveTests {
  @Test func tablesEndWhereTheyEnd() {
    let curve = LatencyCurve.table([1, 2, 4])
    #expect((0...4).map(curve.seconds) == [0, 1, 2, 4, .infinity])
    #expect(curve.largestBatch == 3)
    #expect(LatencyCurve.table([]).seconds(1) == .infinity)
  }
  @Test func linesHaveNoEnd() {
    let curve = LatencyCurve.linear(alpha: 0.5, beta: 2)
    #expect((0...3).map(curve.seconds) == [0, 2.5, 3, 3.5])
    #expect(curve.largestBatch == nil && curve.monotone == curve)
    #expect(LatencyCurve.zero.seconds(1000) == 0)
  }
  @Test func monotoneIsTheRunningMaximum() {
    #expect(LatencyCurve.table([2, 1, 3, 2.5]).monotone == .table([2, 2, 3, 3]))
    var random = RandomStream(seed: 5, device: 0, purpose: "curves")
    for _ in 0..<500 {
      let values = (0..<Int.random(in: 1...32, using: &random)).map { _ in random.uniform() }
      guard case .table(let monotone) = LatencyCurve.table(values).monotone else {
        Issue.record("a table stays a table")
        return
      }
      #expect(monotone == values.indices.map { index in values[...index].max() ?? 0 })
      #expect(LatencyCurve.table(monotone).monotone == .table(monotone))
    }
  }
  @Test func profilesEndWithTheirShortestTable() {
    let profile = LatencyProfile(blocks: [
      BlockProfile(latency: .table([1, 2, 3]), head: .table([1, 1])), BlockProfile(latency: .linear(alpha: 1, beta: 0)),
    ])
    #expect(profile.largestBatch == 2)
    #expect(profile.blocks[0].seconds(2) == 3 && profile.blocks[0].seconds(3) == .infinity)
    #expect(LatencyProfile(blocks: [BlockProfile(latency: .zero)]).largestBatch == nil)
  }
}
