import Allocation
import EdgeModel
import Testing
import Units

@Suite struct SlottedTreeSearchTests {
  private func allocate(_ frame: FrameState) -> FrameAllocation {
    SlottedTreeSearch(budget: .unlimited).allocate(frame, budget: .unlimited)
  }

  /// 6,000 frames against brute force, each answer through the check.
  @Test(arguments: UInt64(1)...20)
  func equalsBruteForce(seed: UInt64) {
    var frames = RandomFrames(seed: seed &+ 3000)
    var served = 0
    for index in 0..<300 {
      let frame = frames.slotted()
      let answer = allocate(frame)
      #expect(answer.scheduledCount == SlottedExhaustive(frame).most(), "frame \(index)")
      #expect(answer.status == .optimal)
      expectFeasible(answer, of: frame, "frame \(index)")
      served += answer.scheduledCount
    }
    #expect(served > 300)
  }

  private func expectFeasible(_ answer: FrameAllocation, of frame: FrameState, _ which: String) {
    let check = FeasibilityCheck(answer, of: frame, headRows: .leaving)
    #expect(check.isFeasible, "\(which): \(check.violations)")
    let members = answer.batches.flatMap(\.members)
    for member in members where frame.slot != nil {
      let slots = member.uploadEnd / (frame.slot ?? 1)
      #expect(abs(slots - slots.rounded()) < 1e-6, "\(which) ends its uploads off the grid")
    }
    for member in members where frame.resourceBlock != nil {
      let blocks = member.bandwidth.value / (frame.resourceBlock?.value ?? 1)
      #expect(abs(blocks - blocks.rounded()) < 1e-6, "\(which) grants \(blocks) resource blocks")
    }
  }

  /// Policies that do not know slots, heads or fixed power are still right, and no better.
  @Test(arguments: PolicyCatalog.entries.map(\.name))
  func everyPolicyIsFeasibleOnSuchFrames(policy name: String) throws {
    let policy = try PolicyCatalog.entry(named: name).make(PolicyOptions())
    var frames = RandomFrames(seed: 41)
    for index in 0..<1000 {
      let frame = index.isMultiple(of: 2) ? frames.slotted() : frames.varied()
      let answer = policy.allocate(frame, budget: .unlimited)
      let rows: HeadRows = name == SlottedTreeSearch.name ? .leaving : .entering
      let check = FeasibilityCheck(answer, of: frame, headRows: rows)
      #expect(check.isFeasible, "frame \(index): \(check.violations)")
      #expect(FeasibilityCheck(answer, of: frame).isFeasible)
    }
  }

  /// Where tree-search's model is the frame's, a fine grid loses nothing but what falls between two slots.
  @Test func aFineGridEqualsTreeSearchOnLinearNeeds() {
    var frames = RandomFrames(seed: 42)
    var (served, possible) = (0, 0)
    for _ in 0..<500 {
      var frame = frames.small()
      for index in frame.workers[0].profile.blocks.indices { frame.workers[0].profile.blocks[index].head = .zero }
      let most = TreeSearch(budget: .unlimited).allocate(frame, budget: .unlimited).scheduledCount
      let onDefaultGrid = allocate(frame)
      #expect(onDefaultGrid.status == .feasible || frame.tasks.isEmpty)
      frame.slot = 1e-9
      let answer = allocate(frame)
      #expect(FeasibilityCheck(answer, of: frame).violations == [])
      #expect(onDefaultGrid.scheduledCount <= most && answer.scheduledCount <= most)
      served += answer.scheduledCount
      possible += most
    }
    // Deadlines met exactly, by which a third of these frames are made, lie between slots.
    #expect(Double(possible - served) <= 0.03 * Double(possible), "\(served) of \(possible)")
  }

  /// Half the slot nests the grid, half the block nests the needs; more bandwidth in whole blocks and later deadlines
  /// leave every feasible set feasible.
  @Test func betterConditionsNeverServeFewer() {
    var frames = RandomFrames(seed: 43)
    for index in 0..<1000 {
      let frame = frames.slotted(tasks: 10)
      let most = allocate(frame).scheduledCount
      var (finer, smaller, wider, later, headless) = (frame, frame, frame, frame, frame)
      finer.slot = frame.slot.map { $0 / 2 }
      smaller.resourceBlock = frame.resourceBlock.map { $0 / 2 }
      wider.bandwidth = frame.bandwidth * 2
      for task in frame.tasks.indices { later.tasks[task].deadline *= 1.5 }
      for block in frame.workers[0].profile.blocks.indices { headless.workers[0].profile.blocks[block].head = .zero }
      for better in [finer, smaller, wider, later, headless] {
        #expect(allocate(better).scheduledCount >= most, "frame \(index)")
      }
    }
  }

  /// What the linear model leaves on the table where power is fixed.
  @Test func servesMoreThanTreeSearchWherePowerIsFixed() {
    var frames = RandomFrames(seed: 44)
    var (slotted, linear) = (0, 0)
    for _ in 0..<10 {
      let frame = frames.slottedBenchmark(tasks: 40, blocks: 4)
      slotted += SlottedTreeSearch().allocate(frame, budget: .unlimited).scheduledCount
      linear += TreeSearch().allocate(frame, budget: .unlimited).scheduledCount
    }
    #expect(Double(slotted) > 1.2 * Double(linear), "\(slotted), \(linear)")
  }

  @Test func aSpentBudgetIsSaidAndTheAnswerStillHolds() {
    var frames = RandomFrames(seed: 45)
    let frame = frames.slottedBenchmark(tasks: 60, blocks: 8)
    let stopped = SlottedTreeSearch().allocate(frame, budget: SearchBudget(nodes: 1))
    #expect(stopped.status == .budget && stopped.searchNodes == 1)
    #expect(stopped.scheduledCount > 0)
    #expect(FeasibilityCheck(stopped, of: frame).violations == [])
  }

  /// Gate: a search that prunes less shows here, on any machine.
  @Test func nodesStayFew() {
    var frames = RandomFrames(seed: 46)
    let nodes = (0..<40).map { _ in
      allocate(frames.slottedBenchmark(tasks: 60, blocks: 8)).searchNodes
    }.sorted()
    #expect(nodes[20] <= 400, "\(nodes)")
    #expect(nodes[39] <= 20_000, "\(nodes)")
  }

  /// Tasks that nobody would choose are dropped before the search, and neither lower the optimum nor spoil its proof.
  @Test func theOptimumDoesNotChangeWhenWorseTasksJoin() {
    var frames = RandomFrames(seed: 47)
    for _ in 0..<5 {
      var frame = frames.slottedBenchmark(tasks: 15, blocks: 2, bandwidth: 2e7, slot: 0.002)
      let most = allocate(frame).scheduledCount
      for number in 100..<400 {
        var worse = frame.tasks[number % 15]
        worse.id.number = number
        worse.feature = worse.feature * 50
        worse.deadline *= 0.5
        frame.tasks.append(worse)
      }
      let answer = allocate(frame)
      #expect(answer.scheduledCount == most)
      #expect(answer.status == .optimal)
    }
  }
}
