import Foundation
import PlainJSON
import Testing

extension Live {
  /// The same testbed in virtual time and as processes: one auditor, and summaries that agree.
  @Suite struct ScenarioTests {
    /// So few devices that programs built for debugging keep up on a machine of two cores: what is to be compared with
    /// the simulation is a VALID run.
    static let scenarios = [
      Scenario(name: "one worker") { try $0.topology(duration: "4 s") },
      Scenario(name: "a load past the uplink") { place in
        try place.topology(duration: "4 s") { $0.replacingOccurrences(of: "3 MHz", with: "1 MHz") }
      },
      Scenario(name: "two workers of different speed") { place in
        try place.topology(duration: "4 s", devices: 4, processes: 2) { text in
          text.replacingOccurrences(of: "3 MHz", with: "1.5 MHz").replacingOccurrences(
            of: "- {name: w0, engine: paced, latency_table: edge-gpu}",
            with: """
              - {name: w0, engine: paced, latency_table: edge-gpu, max_batch: 2}
                - {name: w1, engine: paced, latency_table: half-speed-gpu, max_batch: 2}
              """)
        }
      },
      Scenario(name: "workers form their batches") { place in
        try place.topology(duration: "4 s") { $0 + "\npolicy: {name: dynamic-batching, queue_delay: 5 ms}\n" }
      },
    ]

    @Test(arguments: scenarios) func bothStagesAgree(scenario: Scenario) async throws {
      let place = try Workplace()
      let simulated = try await scenario.run(on: .simulation(seed: 3), in: place)
      #expect(simulated.isValid)
      let live = try await validRun(of: scenario, in: place)
      for run in [simulated, live] {
        try run.finished.expectConservation(least: 50)
        try run.finished.expectNoViolation()
      }
      if live.isValid { return try Agreement.expect(simulated, live) }
      Issue.record("\(scenario.name): three INVALID runs, so nothing to compare", severity: .warning)
      try Agreement.expectNoBetter(live, than: simulated)
    }

    /// The machine may be busy with something else: up to three tries for a run that its own limits call VALID.
    private func validRun(of scenario: Scenario, in place: Workplace) async throws -> StagedRun {
      for _ in 0..<2 {
        let run = try await scenario.run(on: .processes(seed: 3), in: place)
        if run.isValid { return run }
      }
      return try await scenario.run(on: .processes(seed: 3), in: place)
    }

    /// What both stages trace of one task is the same story: the same task, image, frame, batch size and exit.
    @Test func aTasksJourneyIsTheSame() async throws {
      let place = try Workplace()
      let scenario = Scenario(name: "an idle cell") { try $0.topology(duration: "3 s", devices: 2) }
      let columns = ["generated_ns", "deadline_ns", "label", "planned_exit", "predicted", "feature_bits"]
      var stories: [[[String]]] = []
      for stage in [Scenario.Stage.simulation(seed: 5), .processes(seed: 5)] {
        let rows = try await scenario.run(on: stage, in: place).finished.table("tasks")
        stories.append(rows.map { row in (["device", "task"] + columns).map { row[$0] ?? "" } })
      }
      #expect(stories[0].count > 20)
      #expect(stories[0].map { $0.prefix(6) } == stories[1].map { $0.prefix(6) })
      // A busy machine may keep an answer; those that came are the same.
      let answered = zip(stories[0], stories[1]).filter { !$0[6].isEmpty && !$1[6].isEmpty }
      #expect(answered.count > 10 && answered.allSatisfy { $0[6...] == $1[6...] })
    }

    /// Planned faults take effect and are noticed on both stages, and explain what is missing on both.
    @Test func faultsAreNoticedOnBothStages() async throws {
      let place = try Workplace()
      let scenario = Scenario(name: "a worker dies and comes back, the bandwidth halves") { place in
        try place.topology(duration: "5 s", devices: 10) { text in
          text + "\nfaults:\n  - {restart: w0, at: 1 s, after: 1 s}\n  - {bandwidth: 50 %, at: 4 s}\n"
        }
      }
      for stage in [Scenario.Stage.simulation(seed: 2), .processes(seed: 2)] {
        let finished = try await scenario.run(on: stage, in: place).finished
        try finished.expectConservation(least: 50)
        try finished.expectNoViolation()
        let faults = try #require(try finished.json("run.json")["faults"]?.array)
        #expect(faults.map { $0["kind"]?.string } == ["restart", "bandwidth"])
        for fault in faults {
          let effect = try #require(fault["effect_ns"]?.integer, "\(stage)")
          let noticed = try #require(fault["noticed_ns"]?.integer, "\(stage)")
          #expect(effect >= fault["planned_ns"]?.integer ?? .max && noticed >= effect)
        }
        let causes = try finished.table("tasks").compactMap { $0["cause"] }
        #expect(causes.contains { $0.contains("no answer from worker 0") }, "\(stage)")
        #expect(finished.traces.contains { $0.lastPathComponent == "w0.2.jsonl" })
      }
    }
  }
}
