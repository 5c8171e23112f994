import EdgeModel
import Testing
import TraceLog

@testable import TraceAnalysis

/// The streaming audit sees what the one of whole traces sees.
struct RunStreamTests {
  /// The run's records in the order of their instants.
  private func stream(_ run: SyntheticRun) -> RunStream {
    var stream = RunStream(run.description)
    let records = run.nodes.enumerated().flatMap { position, node in
      let index = run.description.nodes.firstIndex { $0.name == node.header.node } ?? position
      // The synthetic clock probes go on behind the run's end.
      let end = node.records.last?.instant ?? .start
      return node.records.map { (node: index, record: $0.record, instant: min($0.instant, end)) }
    }
    let inOrder = records.enumerated().sorted {
      ($0.element.instant, $0.offset) < ($1.element.instant, $1.offset)
    }
    for (_, (node, record, instant)) in inOrder { stream.take(record, from: node, at: instant) }
    return stream
  }

  @Test(arguments: 0..<40)
  func consistentRunIsValid(seed: Int) {
    let run = SyntheticRun(seed: UInt64(seed), frames: 40)
    let stream = stream(run)
    #expect(stream.alive < run.run.journeys.count)
    let (summary, verdict) = stream.finish()
    #expect(verdict.reasons == [])
    let whole = summary.whole
    #expect(whole.generated == run.run.journeys.count)
    #expect(whole.generated == whole.completed + whole.late + whole.refused + whole.expired + whole.lost)
  }

  @Test(arguments: Breakage.tasks) func tasks(_ breakage: Breakage) { expectSeen(breakage) }
  @Test(arguments: Breakage.uplink) func uplink(_ breakage: Breakage) { expectSeen(breakage) }
  @Test(arguments: Breakage.batches) func batches(_ breakage: Breakage) { expectSeen(breakage) }
  @Test(arguments: Breakage.order) func order(_ breakage: Breakage) { expectSeen(breakage) }

  /// Records have no numbers of their own here, and come in the order of their instants.
  @Test(
    arguments: Breakage.sequences.filter { breakage in
      ["no header", "two headers", "a footer that counts wrong", "a node without a trace", "no base station"].contains(
        breakage.name)
    })
  func sequences(_ breakage: Breakage) { expectSeen(breakage) }

  /// There is one clock.
  @Test(arguments: Breakage.limits.filter { !$0.name.contains("clock") && !$0.name.contains("probes") })
  func limits(_ breakage: Breakage) { expectSeen(breakage, frames: 12) }

  /// In runs that last long enough for tasks to be retired on the way.
  private func expectSeen(_ breakage: Breakage, frames: Int = 30) {
    var applied = 0
    for seed in 100..<130 where applied < 5 {
      var run = SyntheticRun(seed: UInt64(seed), frames: frames)
      guard breakage.apply(&run) else { continue }
      applied += 1
      let verdict = stream(run).finish().verdict
      #expect(!verdict.isValid)
      #expect(verdict.reasons.contains { $0.contains(breakage.reason) }, "seed \(seed): \(verdict.reasons)")
    }
    #expect(applied == 5, "too few runs have what \(breakage.name) breaks")
  }

  /// Nobody can judge a record about a task that is forgotten, so the run does not count.
  @Test func aRecordMuchTooLateIsAViolation() {
    var run = SyntheticRun(seed: 7, frames: 30)
    guard let (node, index) = run.find({ if case .taskEnded = $0 { true } else { false } }),
      case .taskEnded(let task, let ending) = run.nodes[node].records[index].record
    else {
      Issue.record("no task ends")
      return
    }
    let late = run.nodes[node].records[index].instant + .seconds(2)
    let place = run.nodes[node].records.firstIndex { $0.instant > late } ?? 0
    run.nodes[node].records.insert(
      StampedRecord(sequence: 0, instant: late, record: .taskEnded(task, ending)), at: place)
    run.resequence(node)
    let reasons = stream(run).finish().verdict.reasons
    #expect(reasons.count == 1 && reasons[0].contains("after it had ended"), "\(reasons)")
  }
}
