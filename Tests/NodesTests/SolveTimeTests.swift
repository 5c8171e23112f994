import EdgeModel
import EdgeSimulation
import Testing
import TraceAnalysis
import TraceLog
import Units

/// What a policy takes decides who decides a frame.
struct SolveTimeTests {
  @Test func itIsLinearInTasksAndNodes() {
    let time = SolveTime(base: .microseconds(50), perTask: .microseconds(2), perSearchNode: .nanoseconds(70))
    #expect(time.time(tasks: 0, searchNodes: 0) == .microseconds(50))
    #expect(time.time(tasks: 10, searchNodes: 1000) == .microseconds(140))
    #expect(SolveTime().time(tasks: 9, searchNodes: 9) == .zero)
    let long = SolveTime(base: .zero, perTask: .zero, perSearchNode: .seconds(60))
    #expect(long.time(tasks: 1, searchNodes: .max) == .seconds(3600))
  }

  /// In whole runs, frame by frame: the policy decides exactly the frames whose answer is there before half a lead, and
  /// what it took stands in the trace.
  @Test func anAnswerPastHalfALeadLeavesTheFrameToTheFallback() throws {
    var (decided, fellBack) = (0, 0)
    for seed in 0..<12 {
      var testbed = RandomTestbed(seed: seed)
      var setup = try testbed.setup()
      setup.solveTime = nil
      let half = setup.topology.timing.lead / 2
      // In time for a frame of four tasks, too late for one of five.
      let solve = SolveTime(base: half - .microseconds(19), perTask: .microseconds(4))
      setup.topology.simulation.solveTime = solve
      for record in try Simulation.traces(of: setup).records {
        guard case .frameAllocated(let frame) = record else { continue }
        #expect(frame.fallback == (frame.offers > 4))
        #expect(frame.policy == (frame.fallback ? setup.topology.policy.fallback : setup.topology.policy.name))
        if !frame.fallback { #expect(frame.solve == solve.time(tasks: frame.offers, searchNodes: 0)) }
        if frame.fallback { fellBack += 1 } else { decided += 1 }
      }
    }
    #expect(decided > 50 && fellBack > 10)
  }

  /// One frame at a time: an answer that takes two frames makes the next ones wait, as the policy's one thread does.
  @Test func thePolicyDecidesOneFrameAtATime() throws {
    var testbed = RandomTestbed(seed: 1)
    var setup = try testbed.setup()
    setup.topology.policy = PolicyChoice(name: "equal-share")
    let frame = setup.topology.timing.length
    // The second frame asked for takes two and a half frames; the others nothing.
    setup.solveTime = { state, _ in state.frame.number == 2 ? frame * 2.5 : .zero }
    var fallbacks: [Int] = []
    for record in try Simulation.traces(of: setup).records {
      if case .frameAllocated(let summary) = record, summary.fallback { fallbacks.append(summary.frame.number) }
    }
    // Frames 3 and 4 were asked for while it thought; 5 comes later.
    #expect(fallbacks == [2, 3, 4])
  }
}
