import Allocation
import EdgeModel
import EdgeSimulation
import Inference
import Testing
import TraceAnalysis
import Units

/// Objectives over whole runs, in virtual time: an overloaded cell whose devices have unequal channels.
struct FairnessTests {
  private static let seeds = 0..<6
  private static let policies = ["exit-aware-shelf-packing", "tree-search"]

  private func summary(
    _ policy: String, _ objective: Objective, seed: Int, weights: (Double, Double) = (1, 1)
  ) throws -> (summary: RunSummary, violations: [Violation]) {
    func group(_ name: String, first: Int, weight: Double, snr: ClosedRange<Double>) -> DeviceGroup {
      DeviceGroup(
        name: name, firstDevice: DeviceID(first), count: 6, requiredAccuracy: 0.8, deadline: .milliseconds(250),
        arrivals: .poisson(rate: 12),
        channel: ChannelModel(.snr(from: Decibels(snr.lowerBound), to: Decibels(snr.upperBound))), weight: weight)
    }
    let topology = Topology(
      name: "unequal", seed: UInt64(seed), duration: .seconds(8), cell: Cell(bandwidth: Hertz(0.6e6)),
      groups: [
        group("near", first: 0, weight: weights.0, snr: 15...20), group("far", first: 6, weight: weights.1, snr: 3...8),
      ],
      workers: [WorkerDescription(name: "w0", engine: .replay, latencyTable: "table", maxBatch: 16)],
      model: "model", policy: PolicyChoice(name: policy, objective: objective))
    let answer = ExitAnswers.Answer(predicted: 1, confidence: 0.9)
    let model = SimulatedModel(
      featureBytes: [4096, 4096], accuracies: [0.8, 0.95],
      answers: ModelAnswers(labels: [1], answers: [[answer, answer]]))
    let block = BlockProfile(latency: .linear(alpha: 0.0005, beta: 0.002))
    let setup = try SimulationSetup(
      topology, model: model, profiles: [LatencyProfile(blocks: [block, block])])
    let run = Run(setup, try Simulation.traces(of: setup))
    return (RunAnalysis.judge(run).summary, TraceAudit(run).violations)
  }

  /// Jain's index of the completed shares rises for every seed, and the throughput pays for it.
  @Test(arguments: seeds, policies)
  func proportionalFairSharesMoreEvenly(seed: Int, policy: String) throws {
    let most = try summary(policy, .throughput, seed: seed)
    let fair = try summary(policy, .proportionalFair, seed: seed)
    #expect(most.violations == [] && fair.violations == [])
    let (before, after) = (try #require(most.summary.whole.fairness), try #require(fair.summary.whole.fairness))
    // Else there would be nothing to share out.
    #expect(most.summary.whole.completed < most.summary.whole.generated * 9 / 10)
    #expect(after > before + 0.05, "\(before) → \(after)")
    #expect(fair.summary.whole.completed <= most.summary.whole.completed)
  }

  /// The weight of a group's tasks reaches the policy: the far devices are served more when they count more.
  @Test(arguments: seeds)
  func aHeavierGroupIsServedMore(seed: Int) throws {
    let far = { (weight: Double) in
      try summary("tree-search", .weighted, seed: seed, weights: (1, weight)).summary.groups[1].figures.completed
    }
    #expect(try far(8) > far(1))
  }
}
