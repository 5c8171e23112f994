import Allocation
import EdgeModel
import Testing

/// Workers' ids are names and not places: while one is lost, a frame has workers 0 and 2, and every policy answers as it
/// would for 0 and 1.
@Suite struct WorkerIdentityTests {
  /// Larger, in the same order, and with gaps.
  private func renamed(_ id: WorkerID) -> WorkerID { WorkerID(3 * id.number + 5) }

  @Test(arguments: PolicyCatalog.entries.map(\.name))
  func idsWithGapsChangeNothing(policy name: String) throws {
    let policy = try PolicyCatalog.entry(named: name).make(PolicyOptions())
    var frames = RandomFrames(seed: 23)
    for index in 0..<150 {
      let frame = frames.severalWorkers(tasks: 5)
      var gaps = frame
      for place in gaps.workers.indices { gaps.workers[place].id = renamed(gaps.workers[place].id) }
      let answer = policy.allocate(gaps, budget: .unlimited)
      var expected = policy.allocate(frame, budget: .unlimited)
      for place in expected.batches.indices { expected.batches[place].worker = renamed(expected.batches[place].worker) }
      for place in expected.open.indices { expected.open[place].worker = renamed(expected.open[place].worker) }
      #expect(answer == expected, "frame \(index)")
      #expect(FeasibilityCheck(answer, of: gaps).isFeasible, "frame \(index)")
    }
  }
}
