import Allocation
import EdgeModel
import Testing
import Units

/// Frames with far more tasks than a batch takes, where dominated tasks are dropped before the packing.
@Suite struct LargeFrameTests {
  @Test(arguments: [1e7, 1e8, 1e9])
  func bestShelfPackingEqualsTheNotes(bandwidth: Double) {
    var frames = RandomFrames(seed: 8)
    for _ in 0..<5 {
      let frame = frames.benchmark(tasks: 500, blocks: 4, bandwidth: bandwidth)
      let answer = BestShelfPacking().allocate(frame, budget: .unlimited)
      #expect(answer.scheduledCount == ShelfOfTheNote.most(frame))
      #expect(FeasibilityCheck(answer, of: frame).violations == [])
    }
  }

  /// Tasks that nobody would choose neither lower the optimum nor spoil its proof.
  @Test func theOptimumDoesNotChangeWhenWorseTasksJoin() {
    var frames = RandomFrames(seed: 9)
    for _ in 0..<10 {
      var frame = frames.benchmark(tasks: 20, blocks: 3, bandwidth: 2e7, alpha: 0.002)
      let most = TreeSearch(budget: .unlimited).allocate(frame, budget: .unlimited).scheduledCount
      for number in 100..<160 {
        var worse = frame.tasks[number % 20]
        worse.id.number = number
        worse.feature = worse.feature * 50
        worse.deadline *= 0.5
        frame.tasks.append(worse)
      }
      let answer = TreeSearch(budget: .unlimited).allocate(frame, budget: .unlimited)
      #expect(answer.scheduledCount >= most)
      #expect(answer.status == .optimal)
    }
  }

  @Test func everyPolicyAnswersForTwoThousandTasks() {
    var frames = RandomFrames(seed: 10)
    let frame = frames.benchmark(tasks: 2000, blocks: 4, bandwidth: 1e8)
    for entry in PolicyCatalog.entries {
      let answer = entry.make(PolicyOptions()).allocate(frame, budget: SearchBudget(nodes: 50))
      #expect(FeasibilityCheck(answer, of: frame).violations == [], "\(entry.name)")
      #expect(answer.scheduledCount > 0)
    }
  }

  /// A node takes O(K), so the default budget falls with K; a million tasks have 20 nodes.
  @Test func manyTasksSpendTheDefaultBudgetAndSaySo() {
    #expect(TreeSearch.defaultBudget(tasks: 1_000_000).nodes == 20)
    var frames = RandomFrames(seed: 14)
    let frame = frames.benchmark(tasks: 20_000, blocks: 8, bandwidth: 2e7, deadlines: 0.05...0.1, alpha: 0.0001)
    let answer = TreeSearch().allocate(frame, budget: .unlimited)
    #expect(answer.status == .budget)
    #expect(answer.searchNodes == TreeSearch.defaultBudget(tasks: 20_000).nodes)
    #expect(FeasibilityCheck(answer, of: frame).violations == [])
  }
}
