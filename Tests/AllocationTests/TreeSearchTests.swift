import Allocation
import EdgeModel
import Testing
import Units

@Suite struct TreeSearchTests {
  /// 20,000 frames against brute force, each answer through the check.
  @Test(arguments: UInt64(1)...20)
  func equalsBruteForce(seed: UInt64) {
    var frames = RandomFrames(seed: seed &+ 2000)
    for index in 0..<1000 {
      let frame = frames.small()
      let answer = TreeSearch(budget: .unlimited).allocate(frame, budget: .unlimited)
      #expect(answer.scheduledCount == Exhaustive(frame).most(), "frame \(index)")
      #expect(answer.status == .optimal)
      let check = FeasibilityCheck(answer, of: frame)
      #expect(check.isFeasible, "frame \(index): \(check.violations)")
    }
  }

  @Test func aSpentBudgetIsSaidAndTheAnswerStillHolds() {
    var frames = RandomFrames(seed: 4)
    let frame = frames.benchmark(tasks: 60, blocks: 8, deadlines: 0.05...0.05)
    let most = TreeSearch(budget: .unlimited).allocate(frame, budget: .unlimited)
    let stopped = TreeSearch().allocate(frame, budget: SearchBudget(nodes: 1))
    #expect(most.status == .optimal && most.searchNodes > 1)
    #expect(stopped.status == .budget && stopped.searchNodes == 1)
    #expect(stopped.scheduledCount <= most.scheduledCount)
    #expect(FeasibilityCheck(stopped, of: frame).violations == [])
  }

  /// More bandwidth, later deadlines, faster blocks, an earlier worker never lower the optimum.
  @Test func betterConditionsNeverServeFewer() {
    var frames = RandomFrames(seed: 6)
    for index in 0..<1000 {
      let frame = frames.small()
      let most = TreeSearch(budget: .unlimited).allocate(frame, budget: .unlimited).scheduledCount
      for better in Self.improvements(of: frame) {
        #expect(
          TreeSearch(budget: .unlimited).allocate(better, budget: .unlimited).scheduledCount >= most, "frame \(index)")
      }
    }
  }

  private static func improvements(of frame: FrameState) -> [FrameState] {
    var (wider, later, faster, freer) = (frame, frame, frame, frame)
    wider.bandwidth = frame.bandwidth * 1.3
    for index in frame.tasks.indices { later.tasks[index].deadline *= 1.2 }
    for index in frame.workers[0].profile.blocks.indices {
      switch frame.workers[0].profile.blocks[index].latency {
      case .linear(let alpha, let beta):
        faster.workers[0].profile.blocks[index].latency = .linear(alpha: alpha * 0.8, beta: beta * 0.8)
      case .table(let table): faster.workers[0].profile.blocks[index].latency = .table(table.map { $0 * 0.8 })
      }
    }
    freer.workers[0].freeAt /= 2
    return [wider, later, faster, freer]
  }

  /// Gate: a search that prunes less shows here, on any machine.
  @Test func nodesStayFew() {
    var frames = RandomFrames(seed: 60)
    let nodes = (0..<40).map { _ in
      TreeSearch(budget: .unlimited).allocate(frames.benchmark(tasks: 60, blocks: 8), budget: .unlimited).searchNodes
    }.sorted()

    #expect(nodes[20] <= 160)
  }
}
