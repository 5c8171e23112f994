import Allocation
import EdgeModel
import Testing
import Units

@Suite struct PolicyOnRandomFramesTests {
  static let seeds: [UInt64] = Array(1...20)
  static let framesPerSeed = 200

  @Test(arguments: PolicyCatalog.entries.map(\.name), seeds)
  func everyAnswerIsFeasibleAndNamed(policy name: String, seed: UInt64) throws {
    let policy = try PolicyCatalog.entry(named: name).make(PolicyOptions())
    var frames = RandomFrames(seed: seed)
    for index in 0..<Self.framesPerSeed {
      let frame = frames.small()
      let answer = policy.allocate(frame, budget: .unlimited)
      let check = FeasibilityCheck(answer, of: frame)
      #expect(check.isFeasible, "frame \(index): \(check.violations)")
      #expect(answer.policy == name)
    }
  }

  /// What a policy says of a task that is alone is what its allocation would be; both occur.
  @Test(arguments: PolicyCatalog.entries.map(\.name))
  func schedulesTheOnlyTaskAsItAllocates(policy name: String) throws {
    let policy = try PolicyCatalog.entry(named: name).make(PolicyOptions())
    var frames = RandomFrames(seed: 17)
    var answers: Set<Bool> = []
    for index in 0..<300 {
      let frame = frames.small()
      for task in frame.tasks {
        var alone = frame
        alone.tasks = [task]
        let isScheduled = policy.schedules(onlyTaskOf: alone, budget: .unlimited)
        answers.insert(isScheduled)
        #expect(
          isScheduled == (policy.allocate(alone, budget: .unlimited).scheduledCount == 1),
          "frame \(index), task \(task.id)")
        alone.tasks[0].feature = .zero
        #expect(
          policy.schedules(onlyTaskOf: alone, budget: .unlimited)
            == (policy.allocate(alone, budget: .unlimited).scheduledCount == 1), "frame \(index), task \(task.id)")
      }
    }
    #expect(answers == [true, false])
  }

  @Test(arguments: seeds)
  func bestShelfPackingEqualsBruteForceForBatchingAlone(seed: UInt64) {
    var frames = RandomFrames(seed: seed &+ 1000)
    for index in 0..<Self.framesPerSeed {
      let frame = frames.small()
      let answer = BestShelfPacking().allocate(frame, budget: .unlimited)
      #expect(answer.scheduledCount == Exhaustive(frame, runsAllBlocks: true).most(), "frame \(index)")
      #expect(answer.status == .optimal)
    }
  }

  @Test(arguments: [ExitAwareShelfPacking.name, EqualShare.name])
  func heuristicsDoNotBeatBruteForce(policy name: String) throws {
    let policy = try PolicyCatalog.entry(named: name).make(PolicyOptions())
    var frames = RandomFrames(seed: 7)
    for index in 0..<Self.framesPerSeed * 5 {
      let frame = frames.small()
      let answer = policy.allocate(frame, budget: .unlimited)
      #expect(answer.scheduledCount <= Exhaustive(frame).most(), "frame \(index)")
      #expect(answer.status == .feasible)
    }
  }

  /// The refined heuristic loses at most 0.2 % of the tasks that the best choice serves.
  @Test func exitAwareShelfPackingLosesLittle() {
    var frames = RandomFrames(seed: 11)
    var (served, possible) = (0, 0)
    for _ in 0..<5000 {
      let frame = frames.small()
      served += ExitAwareShelfPacking().allocate(frame, budget: .unlimited).scheduledCount
      possible += Exhaustive(frame).most()
    }
    #expect(Double(possible - served) <= 0.002 * Double(possible))
  }

  @Test func theOrderOfTasksDoesNotMatter() throws {
    for entry in PolicyCatalog.entries {
      var frames = RandomFrames(seed: 5)
      for _ in 0..<200 {
        let frame = frames.small()
        var reversed = frame
        reversed.tasks.reverse()
        let policy = entry.make(PolicyOptions())
        let (one, other) = (policy.allocate(frame, budget: .unlimited), policy.allocate(reversed, budget: .unlimited))
        #expect(one.batches == other.batches)
        #expect(one.open == other.open)
        #expect(one.refusals == other.refusals.reversed())
      }
    }
  }
}
