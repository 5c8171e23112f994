import Foundation
import PlainJSON
import Testing

extension Live {
  /// A worker with several models and instances: batches of both, loads within its memory, and every answer its model's.
  @Suite struct SeveralModelsTests {
    /// The shipped model again under another name, so that nothing tells the two apart but who is asked.
    private func secondModel(_ place: Workplace) throws -> String {
      let from = Workplace.checkout.appending(path: "Topologies/Models/digits")
      let to = place.directory.appending(path: "letters")
      try FileManager.default.copyItem(at: from, to: to)
      for (file, key) in [("manifest.json", "name"), ("edge-gpu.json", "model")] {
        let path = to.appending(path: file)
        let text = try String(contentsOf: path, encoding: .utf8)
        try text.replacingOccurrences(of: "\"\(key)\": \"digits\"", with: "\"\(key)\": \"letters\"")
          .write(to: path, atomically: true, encoding: .utf8)
      }
      return to.path
    }
    private func topology(_ place: Workplace, memory: String?, policy: String = "equal-share") throws -> String {
      let second = try secondModel(place)
      return try place.topology {
        $0.replacingOccurrences(
          of: "workers:", with: "further_models: [{name: letters, directory: \(second)}]\nworkers:"
        )
        .replacingOccurrences(
          of: "latency_table: edge-gpu",
          with: "latency_table: edge-gpu, further_tables: [edge-gpu]" + (memory.map { ", memory: \($0)" } ?? "")
        )
        .replacingOccurrences(of: "exit_rule: {confidence: 0.95}", with: "model: letters")
          + "\npolicy: \(policy)\n"
      }
    }

    @Test(arguments: [nil, "9 MB"]) func bothModelsAnswer(memory: String?) async throws {
      let place = try Workplace()
      let out = place.path("run")
      let run = try RunningProgram(
        "offramp", ["run", try topology(place, memory: memory), "--output", out], in: place)
      let status = try #require(try await run.end(within: 90))
      #expect(status == 0 || status == 3, "\(run.standardError)")
      let finished = FinishedRun(out)
      try finished.expectConservation(least: 30)
      try finished.expectNoViolation()
      let plans = try finished.records("batchPlanned", of: "base-station")
      let second = plans.filter { $0["model"]?.integer == 1 }
      #expect(second.count > 3 && second.count < plans.count - 3, "batches of both models")
      // A batch is of one model: the cars' tasks alone are the second's; they are the last two devices.
      for plan in plans {
        let devices = plan["members"]?.array?.compactMap { $0["device"]?.integer } ?? []
        #expect(!devices.isEmpty && devices.allSatisfy { ($0 >= 6) == (plan["model"]?.integer == 1) })
      }
      let loads = try finished.records("modelLoaded", of: "w0")
      if memory == nil {
        #expect(loads.isEmpty, "all were loaded before the run")
      } else {
        #expect(loads.count > 3)
        for load in loads {
          #expect(load["loaded_bytes"]?.integer ?? .max <= 9_000_000 && load["took_ns"]?.integer ?? 0 > 0)
          #expect(load["unloaded"]?.array?.count == 1)
        }
      }
      #expect(
        try finished.table("tasks").contains { $0["outcome"] == "completed" && Int($0["device"] ?? "") ?? 0 >= 6 })
    }

    @Test func simulatedTheyAreAsLive() async throws {
      let place = try Workplace()
      let out = place.path("run")
      let run = try RunningProgram(
        "offramp", ["simulate", try topology(place, memory: nil), "--output", out], in: place)
      #expect(try await run.end(within: 60) == 0, "\(run.standardError)")
      let plans = try FinishedRun(out).records("batchPlanned", of: "base-station")
      #expect(plans.contains { $0["model"]?.integer == 1 } && plans.contains { $0["model"] == nil })
    }

    @Test func mistakesAreOneLine() async throws {
      let place = try Workplace()
      for (memory, policy, says) in [
        ("1 MB", "equal-share", "at least"), (nil, "dynamic-batching", "one model alone"),
      ] {
        let topology = try topology(place, memory: memory, policy: policy)
        let run = try RunningProgram("offramp", ["validate", topology], in: place)
        #expect(try await run.end(within: 30) == 1)
        let lines = run.standardError.split(separator: "\n")
        #expect(lines.count == 1 && lines[0].hasPrefix("error: ") && lines[0].contains(says), "\(run.standardError)")
        try FileManager.default.removeItem(at: place.directory.appending(path: "letters"))
      }
    }

    /// What a topology may not say, the command line may not either.
    @Test func anOpenPolicyIsRefusedOnTheCommandLineToo() async throws {
      let place = try Workplace()
      let topology = try topology(place, memory: nil)
      let run = try RunningProgram("offramp", ["simulate", topology, "--policy", "dynamic-batching"], in: place)
      #expect(try await run.end(within: 30) == 1)
      #expect(run.standardError.hasPrefix("error: ") && run.standardError.contains("one model alone"))
    }

    /// Two instances: batches beside each other, never two on one.
    @Test func instancesRunSideBySide() async throws {
      let place = try Workplace()
      let out = place.path("run")
      let table = Workplace.checkout.path + "/Topologies/tables/edge-gpu-streams.json"
      let topology = try place.topology(devices: 8) {
        $0.replacingOccurrences(of: "latency_table: edge-gpu", with: "latency_table: \(table), instances: 2")
          + "\npolicy: equal-share\n"
      }
      let run = try RunningProgram("offramp", ["run", topology, "--output", out], in: place)
      let status = try #require(try await run.end(within: 60))
      #expect(status == 0 || status == 3, "\(run.standardError)")
      let finished = FinishedRun(out)
      try finished.expectConservation(least: 30)
      try finished.expectNoViolation()
      let batches = try finished.table("batches")
      #expect(Set(batches.compactMap { $0["instance"] }) == ["0", "1"])
    }
  }
}
