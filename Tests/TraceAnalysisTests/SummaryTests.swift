import EdgeModel
import PlainJSON
import Testing
import TraceLog
import Units

@testable import TraceAnalysis

struct SummaryTests {
  @Test func percentilesAreNearestRank() throws {
    let hundred = try #require(Percentiles((1...100).map(Double.init).shuffled()))
    #expect((hundred.median, hundred.p90, hundred.p99, hundred.max) == (50, 90, 99, 100))
    let one = try #require(Percentiles([7]))
    #expect((one.median, one.p99) == (7, 7))
    #expect(Percentiles([]) == nil)
  }

  @Test func fairnessIsJains() {
    #expect(RunSummary.Figures.jain([1, 1, 1, 1]) == 1)
    #expect(RunSummary.Figures.jain([1, 0, 0, 0]) == 0.25)
    #expect(RunSummary.Figures.jain([0, 0]) == nil)
    #expect(RunSummary.Figures.jain([]) == nil)
  }

  @Test(arguments: 0..<10)
  func groupsAddUp(seed: Int) {
    let summary = SyntheticRun(seed: UInt64(seed)).judged.summary
    #expect(summary.groups.reduce(0) { $0 + $1.figures.generated } == summary.whole.generated)
    #expect(summary.groups.reduce(0) { $0 + $1.figures.completed } == summary.whole.completed)
    #expect(abs(summary.whole.exitShare.reduce(0, +) - 1) < 1e-9)
    #expect(summary.accuracyPerExit.map(\.manifest) == SyntheticRun.accuracies)
    #expect(summary.pacedLoad == 0.5)
    #expect(summary.steal == 0.01)
    #expect(summary.loopLateness == 0.4)
  }

  @Test func accuracyFarFromTheManifestIsNoted() {
    var run = SyntheticRun(seed: 1, frames: 60)
    run.description.accuracies = [0.2, 0.2, 0.2]
    let (summary, verdict) = run.judged
    #expect(summary.accuracyPerExit.contains { $0.agrees == false })
    #expect(verdict.notes.contains { $0.contains("the manifest says 20 %") })
  }

  @Test func emptyRunHasNoNumbersButNoTrapEither() {
    let run = Run(description: SyntheticRun(seed: 0).description, traces: [])
    let (summary, verdict) = RunAnalysis.judge(run)
    #expect(summary.whole.deadlineMet == nil)
    #expect(!verdict.isValid)
    _ = RunReport(summary, verdict).description
    _ = summary.json.pretty
  }

  @Test func reportIsAligned() throws {
    let (summary, verdict) = SyntheticRun(seed: 4).judged
    let lines = RunReport(summary, verdict).description.split(separator: "\n").map(String.init)
    let table = try #require(lines.firstIndex { $0.hasPrefix("group") })
    #expect(Set(lines[table...(table + 3)].map(\.count)).count == 1)
    #expect(lines.contains("VALID"))
    #expect(text(12.5) == "12.5" && text(-0.00001) == "0" && text(3) == "3" && text(0.0625) == "0.0625")
  }
}
