import EdgeModel
import Testing
import TraceLog

@testable import TraceAnalysis

/// Runs that keep every invariant are VALID, whatever they look like.
struct ValidRunTests {
  @Test(arguments: 0..<60)
  func consistentRunIsValid(seed: Int) {
    let judged = SyntheticRun(seed: UInt64(seed)).judged
    #expect(judged.verdict.reasons == [])
    let whole = judged.summary.whole
    #expect(whole.generated > 0)
    #expect(whole.generated == whole.completed + whole.late + whole.refused + whole.expired + whole.lost)
    #expect(whole.lost == 0)
  }

  /// The generator would prove little if it never made these.
  @Test func generatorMakesEveryOutcome() {
    var seen: Set<Outcome> = []
    var isGrowing = false
    for seed in 0..<20 {
      let run = SyntheticRun(seed: UInt64(seed)).run
      seen.formUnion(run.journeys.map(\.outcome))
      isGrowing =
        isGrowing
        || run.batches.contains { batch in
          zip(batch.blocks, batch.blocks.dropFirst()).contains { $0.value.size < $1.value.size }
        }
    }
    #expect(seen == [.completed, .late, .refused, .expired])
    #expect(isGrowing)
  }

  /// A planned fault explains a missing footer, wherever it struck; its tasks are lost and say so.
  @Test(arguments: 0..<60)
  func plannedDeathIsValid(seed: Int) {
    var synthetic = SyntheticRun(seed: UInt64(seed))
    let node = cut(&synthetic, seed: seed)
    synthetic.description.nodes[node].hasPlannedFault = true
    let (run, name) = (synthetic.run, synthetic.nodes[node].header.node)
    let verdict = RunAnalysis.judge(run).verdict
    #expect(verdict.reasons.filter { !$0.contains("clock of") } == [], "\(name)")
    for journey in run.journeys where journey.outcome == .lost { #expect(journey.cause == "\(name) died") }
    #expect(verdict.notes.contains("\(name) died as planned"))
  }

  /// The same without a plan is INVALID for that and nothing else.
  @Test(arguments: 0..<60)
  func unplannedDeathIsTheOnlyReason(seed: Int) {
    var synthetic = SyntheticRun(seed: UInt64(seed))
    let node = cut(&synthetic, seed: seed)
    let name = synthetic.nodes[node].header.node
    let reasons = synthetic.judged.verdict.reasons.filter { !$0.contains("clock of") }
    #expect(reasons == ["\(name) died unplanned, \(name).jsonl has no footer"])
  }

  /// Cuts a node's trace behind its readiness; returns which.
  private func cut(_ synthetic: inout SyntheticRun, seed: Int) -> Int {
    var random = RandomStream(seed: UInt64(seed), device: 0, purpose: "cut")
    let node = seed % synthetic.nodes.count
    let count = synthetic.nodes[node].records.count
    synthetic.nodes[node].records.removeLast(Int.random(in: 1..<(count - 3), using: &random))
    return node
  }

  @Test func restartedNodeIsReadWithBothParts() throws {
    var synthetic = SyntheticRun(seed: 3)
    synthetic.description.nodes[3].hasPlannedFault = true
    var traces = synthetic.traces
    var whole = traces[3]
    let middle = whole.records.count / 2
    var second = NodeTrace(file: "device-0.2.jsonl", node: "device-0", part: 2, header: whole.header, records: [])
    second.records = [whole.records[0], whole.records[1]] + whole.records[middle...]
    for index in second.records.indices { second.records[index].sequence = index }
    second.records[second.records.count - 1].record = .traceClosed(records: second.records.count - 1)
    whole.records.removeLast(whole.records.count - middle)
    traces[3] = whole
    traces.append(second)
    let run = Run(description: synthetic.description, traces: traces)
    let (summary, verdict) = RunAnalysis.judge(run)
    #expect(verdict.reasons == [])
    #expect(summary.whole.generated == synthetic.judged.summary.whole.generated)
    #expect(summary.whole.lost == 0)
  }
}
