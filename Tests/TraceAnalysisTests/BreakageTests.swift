import EdgeModel
import Testing
import TraceLog

@testable import TraceAnalysis

/// Every invariant and every reason of the verdict is seen to fail.
struct BreakageTests {
  @Test(arguments: Breakage.tasks) func tasks(_ breakage: Breakage) { expectSeen(breakage) }
  @Test(arguments: Breakage.uplink) func uplink(_ breakage: Breakage) { expectSeen(breakage) }
  @Test(arguments: Breakage.batches) func batches(_ breakage: Breakage) { expectSeen(breakage) }
  @Test(arguments: Breakage.order) func order(_ breakage: Breakage) { expectSeen(breakage) }
  @Test(arguments: Breakage.sequences) func sequences(_ breakage: Breakage) { expectSeen(breakage) }
  @Test(arguments: Breakage.limits) func limits(_ breakage: Breakage) { expectSeen(breakage) }

  /// On several runs, so that it is not one run's accident.
  private func expectSeen(_ breakage: Breakage) {
    var applied = 0
    for seed in 100..<130 where applied < 5 {
      var run = SyntheticRun(seed: UInt64(seed))
      guard breakage.apply(&run) else { continue }
      applied += 1
      let verdict = run.judged.verdict
      #expect(!verdict.isValid)
      #expect(verdict.reasons.contains { $0.contains(breakage.reason) }, "seed \(seed): \(verdict.reasons)")
    }
    #expect(applied == 5, "too few runs have what \(breakage.name) breaks")
  }

  @Test func reasonsAreCappedAndCounted() {
    var run = SyntheticRun(seed: 1, frames: 40)
    let count = run.run.journeys.count { $0.ending?.value.outcome == .completed }
    for node in 3...4 {
      for index in run.nodes[node].records.indices {
        if let (task, ending) = Breakage.ending(run.nodes[node].records[index].record, .completed) {
          run.nodes[node].records[index].record = .taskEnded(task, .init(outcome: .late, answer: ending.answer))
        }
      }
    }
    let verdict = run.judged.verdict
    #expect(verdict.reasons.count == Verdict.printed + 1)
    #expect(verdict.reasons.last == "… and \(count - Verdict.printed) more of outcomes")
    #expect(verdict.violations.map(\.count) == [count])
  }

  @Test func looserLimitsAreNoted() {
    var run = SyntheticRun(seed: 1)
    run.description.limits = ValidityLimits(
      frameEdgeLateness: .milliseconds(6), uploadError: .milliseconds(7), clockBound: .milliseconds(8),
      fallbackShare: 0.5)
    let notes = run.judged.verdict.notes
    #expect(notes.count { $0.contains("looser than the default") } == 4)
  }
}
