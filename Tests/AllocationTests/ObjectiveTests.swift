import Allocation
import EdgeModel
import Testing
import Units

/// Weighted and proportional-fair allocation against brute force.
@Suite struct ObjectiveTests {
  /// The same value, but for the rounding of sums.
  private static func isSame(_ one: Double, _ other: Double) -> Bool {
    abs(one - other) <= 4e-12 * max(one.magnitude, other.magnitude)
  }

  /// 18,000 frames: the search's value is the oracle's, and both policies' answers pass the check.
  @Test(arguments: RandomFrames.Weights.allCases, UInt64(1)...10)
  func weightedEqualsBruteForce(weights: RandomFrames.Weights, seed: UInt64) {
    var frames = RandomFrames(seed: seed &+ 3000)
    for index in 0..<300 {
      let drawn = frames.small()
      let frame = frames.weighted(drawn, weights)
      expectBest(frame, .weighted, "\(weights), frame \(index)")
    }
  }

  @Test(arguments: UInt64(1)...10)
  func proportionalFairEqualsBruteForce(seed: UInt64) {
    var frames = RandomFrames(seed: seed &+ 4000)
    for index in 0..<400 {
      let drawn = frames.small()
      let weighted = frames.weighted(drawn, index.isMultiple(of: 2) ? .priorityClasses : .equal)
      expectBest(frames.served(weighted), .proportionalFair, "frame \(index)")
    }
  }

  private func expectBest(_ frame: FrameState, _ objective: Objective, _ what: String) {
    let greatest = Exhaustive(frame, objective: objective).greatestValue()
    let exact = TreeSearch(budget: .unlimited, objective: objective).allocate(frame, budget: .unlimited)
    let value = objective.value(of: exact, in: frame)
    #expect(Self.isSame(value, greatest), "\(what): \(value), not \(greatest)")
    #expect(exact.status == .optimal && exact.objective == objective, "\(what)")
    let heuristic = ExitAwareShelfPacking(objective: objective).allocate(frame, budget: .unlimited)
    let served = objective.value(of: heuristic, in: frame)
    #expect(served <= greatest || Self.isSame(served, greatest), "\(what): \(served) above \(greatest)")
    #expect(heuristic.status == .feasible && heuristic.objective == objective)
    for answer in [exact, heuristic] {
      #expect(FeasibilityCheck(answer, of: frame).violations == [], "\(what): \(answer.policy)")
    }
  }

  /// Equal weights: the answer of the search for the most tasks.
  @Test func equalWeightsAreThroughput() {
    var frames = RandomFrames(seed: 31)
    for index in 0..<1000 {
      let drawn = frames.small()
      let frame = frames.weighted(drawn, .equal)
      for objective in Objective.allCases {
        for name in PolicyCatalog.names(knowing: objective) {
          guard let entry = try? PolicyCatalog.entry(named: name) else { continue }
          let most = entry.make(PolicyOptions()).allocate(frame, budget: .unlimited)
          let answer = entry.make(PolicyOptions(objective: objective)).allocate(frame, budget: .unlimited)
          #expect(answer.batches == most.batches && answer.searchNodes == most.searchNodes, "frame \(index)")
        }
      }
    }
  }

  /// More bandwidth, later deadlines, an earlier worker, a heavier task never lower the greatest value.
  @Test func betterConditionsNeverLowerTheValue() {
    var frames = RandomFrames(seed: 32)
    for index in 0..<600 {
      let drawn = frames.small(tasks: 14)
      let frame = frames.weighted(drawn, .allCases[index % RandomFrames.Weights.allCases.count])
      let greatest = Self.greatest(frame)
      var (wider, later, freer, heavier) = (frame, frame, frame, frame)
      wider.bandwidth = frame.bandwidth * 1.3
      freer.workers[0].freeAt /= 2
      for task in frame.tasks.indices { later.tasks[task].deadline *= 1.2 }
      if !heavier.tasks.isEmpty { heavier.tasks[index % heavier.tasks.count].weight *= 2 }
      for better in [wider, later, freer, heavier] {
        let value = Self.greatest(better)
        #expect(value >= greatest || Self.isSame(value, greatest), "frame \(index)")
      }
    }
  }
  private static func greatest(_ frame: FrameState) -> Double {
    let answer = TreeSearch(budget: .unlimited, objective: .weighted).allocate(frame, budget: .unlimited)
    return Objective.weighted.value(of: answer, in: frame)
  }

  @Test func theOrderOfTasksDoesNotMatter() {
    var frames = RandomFrames(seed: 33)
    for index in 0..<300 {
      let drawn = frames.small(tasks: 16)
      let frame = frames.served(frames.weighted(drawn, .priorityClasses))
      var shuffled = frame
      shuffled.tasks = index.isMultiple(of: 2) ? frame.tasks.reversed() : frame.tasks.sorted { $0.id < $1.id }
      for objective in [Objective.weighted, .proportionalFair] {
        for policy: any AllocationPolicy in [
          TreeSearch(objective: objective), ExitAwareShelfPacking(objective: objective),
        ] {
          let (one, other) = (
            policy.allocate(frame, budget: .unlimited), policy.allocate(shuffled, budget: .unlimited)
          )
          #expect(one.batches == other.batches, "frame \(index)")
        }
      }
    }
  }

  /// The heuristic loses at most 0.3 % of the value here, and at most 1 % at K = 60, N = 8.
  @Test func theHeuristicLosesLittle() {
    var frames = RandomFrames(seed: 34)
    var (small, large): ([Double], [Double]) = ([], [])
    for index in 0..<2000 {
      let drawn = frames.small()
      if let loss = Self.loss(frames.weighted(drawn, index.isMultiple(of: 2) ? .priorityClasses : .distinct)) {
        small.append(loss)
      }
    }
    for index in 0..<30 {
      let drawn = frames.benchmark(tasks: 60, blocks: 8)
      if let loss = Self.loss(frames.weighted(drawn, index.isMultiple(of: 2) ? .priorityClasses : .distinct)) {
        large.append(loss)
      }
    }
    #expect(small.reduce(0, +) <= 0.003 * Double(small.count))
    #expect(large.reduce(0, +) <= 0.01 * Double(large.count))
  }
  private static func loss(_ frame: FrameState) -> Double? {
    let greatest = greatest(frame)
    guard greatest > 0 else { return nil }
    let answer = ExitAwareShelfPacking(objective: .weighted).allocate(frame, budget: .unlimited)
    return (greatest - Objective.weighted.value(of: answer, in: frame)) / greatest
  }

  /// Gate: a bound that prunes less shows here, on any machine.
  @Test func nodesStayFew() {
    var frames = RandomFrames(seed: 35)
    let nodes = (0..<100).map { _ in
      let drawn = frames.benchmark(tasks: 20, blocks: 4)
      return TreeSearch(objective: .weighted).allocate(frames.weighted(drawn, .priorityClasses), budget: .unlimited)
    }
    #expect(nodes.allSatisfy { $0.status == .optimal && $0.searchNodes <= 2000 })
    #expect(nodes.map(\.searchNodes).sorted()[50] <= 60)
    let larger = (0..<20).map { _ in
      let drawn = frames.benchmark(tasks: 60, blocks: 8)
      return TreeSearch(objective: .weighted).allocate(frames.weighted(drawn, .priorityClasses), budget: .unlimited)
    }
    #expect(larger.map(\.searchNodes).sorted()[10] <= 1500)
  }

  @Test func aSpentBudgetIsSaidAndTheAnswerStillHolds() {
    var frames = RandomFrames(seed: 36)
    let drawn = frames.benchmark(tasks: 60, blocks: 8)
    let frame = frames.weighted(drawn, .distinct)
    let stopped = TreeSearch(objective: .weighted).allocate(frame, budget: SearchBudget(nodes: 3))
    #expect(stopped.status == .budget && stopped.searchNodes == 3)
    #expect(FeasibilityCheck(stopped, of: frame).violations == [])
    var least = 0.0
    for nodes in [3, 30, 300, 3000] {
      let answer = TreeSearch(objective: .weighted).allocate(frame, budget: SearchBudget(nodes: nodes))
      let value = Objective.weighted.value(of: answer, in: frame)
      #expect(value >= least)
      least = value
    }
  }

  /// Tasks that nobody would choose neither lower the greatest value nor spoil its proof, whatever their number.
  @Test func theValueDoesNotChangeWhenWorseTasksJoin() {
    var frames = RandomFrames(seed: 37)
    for index in 0..<20 {
      let drawn = frames.benchmark(tasks: 20, blocks: 3, bandwidth: 2e7, alpha: 0.002)
      let frame = frames.weighted(drawn, index.isMultiple(of: 2) ? .priorityClasses : .distinct)
      var more = frame
      for number in 0..<400 {
        var task = frame.tasks[number % frame.tasks.count]
        task.id = TaskID(device: 1, number: number)
        task.feature = task.feature * 1.5
        task.deadline *= 0.9
        task.weight *= 0.9
        more.tasks.append(task)
      }
      // The better ones stand so often that no batch takes them all.
      for number in 0..<800 {
        var task = frame.tasks[number % frame.tasks.count]
        task.id = TaskID(device: 2, number: number)
        more.tasks.append(task)
      }
      let answer = TreeSearch(budget: .unlimited, objective: .weighted).allocate(more, budget: .unlimited)
      #expect(answer.status == .optimal)
      #expect(FeasibilityCheck(answer, of: more).violations == [])
      var without = more
      without.tasks.removeAll { $0.id.device == 1 }
      #expect(Self.isSame(Objective.weighted.value(of: answer, in: more), Self.greatest(without)), "frame \(index)")
    }
  }

  @Test func weightsOfObjectives() {
    let task = FrameTask(
      id: TaskID(device: 0, number: 0), feature: Bits(1), uplink: .spectralEfficiency(1), deadline: 1,
      requirement: .exit(1), weight: 6, served: 2)
    #expect(Objective.throughput.weight(of: task) == 1)
    #expect(Objective.weighted.weight(of: task) == 6)
    #expect(Objective.proportionalFair.weight(of: task) == 2)
  }

  @Test func aPolicyThatDoesNotKnowAnObjectiveSaysWhichDo() throws {
    for entry in PolicyCatalog.entries {
      #expect(entry.objectives.contains(.throughput))
      #expect(try PolicyCatalog.entry(named: entry.name, knowing: .throughput).name == entry.name)
    }
    let error = #expect(throws: UnsuitablePolicy.self) {
      try PolicyCatalog.entry(named: "best-shelf-packing", knowing: .proportionalFair)
    }
    #expect(
      try #require(error).description
        == "the policy best-shelf-packing does not know the objective \"proportional-fair\"; choose one of "
        + PolicyCatalog.names(knowing: .proportionalFair).joined(separator: ", "))
    #expect(PolicyCatalog.names(knowing: .weighted).contains(TreeSearch.name))
    #expect(throws: UnsuitablePolicy.self) { try PolicyCatalog.entry(named: "nobody", knowing: .weighted) }
  }
}
