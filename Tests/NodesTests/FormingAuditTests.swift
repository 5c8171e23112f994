import EdgeModel
import EdgeSimulation
import Testing
import TraceAnalysis
import TraceLog
import Units

/// What the audit says of batches that a worker formed against its rule.
struct FormingAuditTests {
  /// The first random testbed, from `seed` on, whose worker forms batches of several tasks.
  func traces(from seed: Int) throws -> (SimulationSetup, [SimulatedTrace]) {
    for seed in seed..<(seed + 200) {
      var testbed = RandomTestbed(seed: seed)
      let setup = try testbed.setup()
      guard setup.topology.policy.name == "dynamic-batching" else { continue }
      let traces = try Simulation.traces(of: setup)
      let isFit = traces.records.contains { record in
        if case .batchFormed(let plan, let rule) = record { plan.members.count > 1 && rule.maxBatch > 2 } else { false }
      }
      if isFit { return (setup, traces) }
    }
    Issue.record("no testbed forms batches")
    throw CancellationError()
  }

  /// One way to break what a worker or the base station wrote, and what the audit must say.
  static let breakages: [(says: String, change: @Sendable (TraceRecord) -> TraceRecord?)] = [
    (
      "by a rule that no open plan gave",
      { record in
        guard case .batchFormed(let plan, var rule) = record else { return record }
        rule.queueDelay += .seconds(1)
        return .batchFormed(plan, rule: rule)
      }
    ),
    (
      "1 are allowed",
      { record in
        switch record {
        case .batchFormed(let plan, var rule):
          rule.maxBatch = 1
          return .batchFormed(plan, rule: rule)
        case .openPlanned(var plan):
          plan.rule.maxBatch = 1
          return .openPlanned(plan)
        default: return record
        }
      }
    ),
    (
      "and not full, its rule waits",
      { record in
        switch record {
        case .batchFormed(let plan, var rule):
          (rule.maxBatch, rule.queueDelay) = (1000, .seconds(10))
          return .batchFormed(plan, rule: rule)
        case .openPlanned(var plan):
          (plan.rule.maxBatch, plan.rule.queueDelay) = (1000, .seconds(10))
          return .openPlanned(plan)
        default: return record
        }
      }
    ),
    (
      "has a member that waited",
      { record in
        switch record {
        case .batchFormed(let plan, var rule):
          rule.timeout = .zero
          let later = BatchPlan(
            id: plan.id, frame: plan.frame, worker: plan.worker, instance: plan.instance,
            start: plan.start + .milliseconds(5), members: plan.members)
          return .batchFormed(later, rule: rule)
        case .openPlanned(var plan):
          plan.rule.timeout = .zero
          return .openPlanned(plan)
        default: return record
        }
      }
    ),
    ("which no open plan gave its worker", { if case .openPlanned = $0 { nil } else { $0 } }),
    ("nobody planned or formed it", { if case .batchFormed = $0 { nil } else { $0 } }),
  ]

  @Test(arguments: 0..<6, [0, 200, 400]) func whatIsBrokenIsSeen(index: Int, seed: Int) throws {
    let (setup, traces) = try traces(from: seed)
    #expect(TraceAudit(Run(setup, traces)).violations == [])
    let breakage = Self.breakages[index]
    let broken = traces.map { trace in
      SimulatedTrace(
        node: trace.node,
        entries: trace.entries.compactMap { entry in
          breakage.change(entry.record).map { SimulatedTrace.Entry(instant: entry.instant, record: $0) }
        })
    }
    let messages = TraceAudit(Run(setup, broken)).violations.map(\.message)
    #expect(messages.contains { $0.contains(breakage.says) }, "\(messages.prefix(3))")
  }

  /// A task in two batches.
  @Test func nobodyIsInTwoBatches() throws {
    let (setup, traces) = try traces(from: 0)
    var first: BatchPlan.Member?
    let broken = traces.map { trace in
      SimulatedTrace(
        node: trace.node,
        entries: trace.entries.map { entry in
          guard case .batchFormed(let plan, let rule) = entry.record else { return entry }
          guard let stolen = first else {
            first = plan.members.first
            return entry
          }
          let members = plan.members + [stolen]
          let more = BatchPlan(
            id: plan.id, frame: plan.frame, worker: plan.worker, instance: plan.instance, start: plan.start,
            members: members)
          return SimulatedTrace.Entry(instant: entry.instant, record: .batchFormed(more, rule: rule))
        })
    }
    let messages = TraceAudit(Run(setup, broken)).violations.map(\.message)
    #expect(messages.contains { $0.contains("and in batch") })
  }
}
