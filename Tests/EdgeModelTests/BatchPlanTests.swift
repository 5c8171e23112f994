import EdgeModel
import Testing

/// The order of a plan's members and the sizes of its batches, against counting by hand.
@Suite struct BatchPlanTests {
  private func member(_ device: Int, _ number: Int = 0, entry: Int = 1, exit: Int) -> BatchPlan.Member {
    BatchPlan.Member(
      task: TaskID(device: DeviceID(device), number: number), entry: entry, exit: exit, featureBytes: 16_384,
      uploadEnd: .start, completion: .start)
  }
  private func plan(_ members: [BatchPlan.Member]) -> BatchPlan {
    BatchPlan(id: 0, frame: 0, worker: 0, start: .start, members: members)
  }

  @Test func deepestExitFirstThenByTask() {
    let plan = plan([member(2, exit: 1), member(1, 1, exit: 3), member(1, 0, exit: 3), member(0, exit: 2)])
    #expect(plan.members.map(\.exit) == [3, 3, 2, 1])
    #expect(plan.members.map(\.task.device.number) == [1, 1, 0, 2])
    #expect(plan.members.map(\.task.number) == [0, 1, 0, 0])
    #expect(plan.depth == 3)
    #expect(plan.entering == [4, 3, 2])
  }
  @Test func anEmptyPlanHasNoDepth() {
    #expect(plan([]).depth == 0 && plan([]).entering == [])
  }
  @Test func taskThatEnterLaterMakeTheBatchGrow() {
    let plan = plan([member(0, exit: 3), member(1, entry: 2, exit: 3), member(2, entry: 3, exit: 3)])
    #expect(plan.entering == [1, 2, 3])
  }

  @Test func randomPlansAgreeWithCountingByHand() {
    var random = RandomStream(seed: 4, device: 0, purpose: "plans")
    for _ in 0..<1000 {
      let blocks = Int.random(in: 1...8, using: &random)
      let members = (0..<Int.random(in: 0...20, using: &random)).map { device in
        let entry = Int.random(in: 1...blocks, using: &random)
        return member(device, entry: entry, exit: Int.random(in: entry...blocks, using: &random))
      }
      let plan = plan(members.shuffled(using: &random))
      #expect(plan.depth == members.map(\.exit).max() ?? 0)
      for block in 1...blocks {
        var count = 0
        for member in members where member.entry <= block && block <= member.exit { count += 1 }
        #expect(plan.entering(block: block) == count)
        #expect(block > plan.depth || plan.entering[block - 1] == count)
        // Those who go on behind a block are a prefix: shrinking is a slice.
        let goOn = plan.members.map { $0.exit > block }
        #expect(goOn == goOn.sorted { $0 && !$1 })
      }
      // The work of a plan, member by member and block by block.
      let work = members.map { $0.exit - $0.entry + 1 }
      #expect(plan.entering.reduce(0, +) == work.reduce(0, +))
      #expect(Set(plan.members) == Set(members) && plan.members.count == members.count)
    }
  }

  @Test func keepingKeepsOrderAndTheRest() {
    let whole = plan([member(0, exit: 1), member(1, exit: 3), member(2, exit: 2), member(3, exit: 3)])
    let kept = whole.keeping { $0.task.device != 1 }
    #expect(kept.members.map(\.task.device.number) == [3, 2, 0])
    #expect(kept.id == whole.id && kept.start == whole.start && kept.depth == 3)
    #expect(whole.keeping { _ in false }.members.isEmpty)
  }
}
