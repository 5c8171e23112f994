import EdgeModel
import Inference
import Profiling
import Testing
import Units

@Suite struct EngineProfilerTests {
  @Test func everyFigureIsTheEnginesOwn() throws {
    var engine = KnownEngine(largestBatch: 9)
    let measured = try EngineProfiler(repeats: 4, budget: .seconds(600))
      .run(&engine, largestBatch: 9, features: engine.features)
    #expect(measured.repeats == 4 && measured.timer >= 0)
    let timing = engine.timing
    for size in 1...9 {
      var whole = timing.loading * size
      for block in 0..<3 {
        let body = timing.alpha[block] * size + timing.beta[block]
        let head = timing.head + timing.answering * size
        whole += body + head
        let expected = Double(body + (block == 0 ? timing.loading * size : 0)) / 1e9
        #expect(measured.parts.seconds[2 * block][size - 1].allSatisfy { ($0 - expected).magnitude < 1e-15 })
        #expect(measured.parts.seconds[2 * block + 1][size - 1] == Array(repeating: Double(head) / 1e9, count: 4))
        #expect(measured.loading.medians(of: block)[size - 1] == Double(timing.loading * size) / 1e9)
        #expect(measured.answering.medians(of: block)[size - 1] == Double(timing.answering * size) / 1e9)
      }
      #expect((measured.whole.medians(of: 0)[size - 1] - Double(whole) / 1e9).magnitude < 1e-12)
    }
  }

  @Test func countsAreTheSameForEverySize() throws {
    for (largest, repeats) in [(1, 1), (1, 5), (2, 3), (7, 6), (16, 3)] {
      var engine = KnownEngine(largestBatch: 20)
      let measured = try EngineProfiler(repeats: repeats, budget: .seconds(600))
        .run(&engine, largestBatch: largest, features: engine.features)
      let rounds = max(EngineProfiler.fewestRepeats, repeats)
      #expect(measured.repeats == rounds)
      for samples in [measured.parts, measured.whole, measured.loading, measured.answering] {
        #expect(samples.seconds.allSatisfy { $0.count == largest && $0.allSatisfy { $0.count == rounds } })
      }
      for samples in [measured.gathering, measured.keeping] {
        #expect(samples.seconds.count == 2)
        #expect(samples.seconds.allSatisfy { $0.count == largest - 1 && $0.allSatisfy { $0.count == rounds } })
      }
      // One round more, to warm up.
      #expect(engine.blocksRun == (rounds + 1) * largest * 3)
      #expect(engine.kept.count == (rounds + 1) * 2 * (largest - 1))
    }
  }

  @Test func oneRowLeavesAtATimeAndTheOthersKeepTheirOrder() throws {
    var engine = KnownEngine(largestBatch: 12)
    _ = try EngineProfiler(repeats: 3, budget: .zero).run(&engine, largestBatch: 12, features: engine.features)
    #expect(engine.kept.prefix(11) == Array((1...11).reversed())[...])
    for (index, order) in engine.gathered.enumerated() {
      let left = 11 - index % 11
      #expect(order.count == left && order == order.sorted() && Set(order).count == left)
      #expect(Set(0...left).subtracting(order).count == 1)
    }
  }

  @Test func withoutTimeTheFewestRoundsAreMade() throws {
    var engine = KnownEngine(largestBatch: 4)
    let measured = try EngineProfiler(repeats: 1000, budget: .zero)
      .run(&engine, largestBatch: 4, features: engine.features)
    #expect(measured.repeats == EngineProfiler.fewestRepeats)
  }

  @Test func progressNeverFallsAndEndsAtOne() throws {
    for (repeats, budget) in [(1, Duration.zero), (5, .seconds(600)), (100, .milliseconds(2))] {
      var engine = KnownEngine(largestBatch: 8)
      var told: [(Double, Int)] = []
      let measured = try EngineProfiler(repeats: repeats, budget: budget)
        .run(&engine, largestBatch: 8, features: engine.features) { told.append(($0, $1)) }
      let shares = told.map(\.0)
      #expect(shares == shares.sorted() && shares.allSatisfy { (0...1).contains($0) } && shares.last == 1)
      #expect(told.last?.1 == measured.repeats && told.map(\.1) == told.map(\.1).sorted())
    }
  }
}
