import Foundation
import PlainJSON
import Testing

extension Live {
  /// Workers whose batches stay on a device, in the topology as a user writes it. The device is the host's memory.
  @Suite struct DeviceEngineLiveTests {
    private func topology(_ worker: String, in place: Workplace) throws -> String {
      try place.topology { $0.replacing("engine: paced, latency_table: edge-gpu", with: worker) }
    }

    @Test func aRunOnADeviceKeepsEveryInvariant() async throws {
      let place = try Workplace()
      let out = place.path("run")
      let run = try RunningProgram(
        "offramp", ["run", try topology("engine: cuda, device: cpu, max_batch: 4", in: place), "--output", out],
        in: place, environment: ["XDG_CACHE_HOME": place.directory.path])
      let status = try #require(try await run.end(within: 90))
      #expect(status == 0 || status == 3, "\(run.standardError)")
      let finished = FinishedRun(out)
      try finished.expectConservation(least: 50)
      try finished.expectNoViolation()
      #expect(try finished.table("tasks").contains { $0["outcome"] == "completed" })
      // What it measured at readiness is kept under the device's name.
      let kept = try FileManager.default.contentsOfDirectory(atPath: place.path("offramp"))
      let file = try #require(kept.first)
      let key = try JSON(utf8: Data(contentsOf: URL(filePath: place.path("offramp/\(file)"))))["key"]?.string
      #expect(key?.contains("ONNX Runtime 1.28.0, host memory, 1 thread") == true)
    }

    /// Scripts/gpu/sized-cell by a table whose every time is known, in virtual time: the engine runs 712 rows a second
    /// through all blocks 64 at a time, and 89 one by one.
    @Test func aCellThatAProfileSizesHasTheEngineAsItsLimit() async throws {
      let place = try Workplace()
      func size(_ arguments: [String]) async throws -> RunningProgram {
        let digits = Workplace.checkout.path + "/Topologies/Models/digits"
        let script = try RunningProgram(
          URL(filePath: "/usr/bin/env"),
          ["python3", Workplace.checkout.path + "/Scripts/gpu/sized-cell", "\(digits)/edge-gpu.json", digits]
            + arguments, in: place)
        #expect(try await script.end(within: 30) != nil)
        return script
      }
      let sized = try await size(["--engine", "paced", "--duration", "2 s", "--most-tasks", "4000"])
      #expect(sized.standardError.contains("1.50 of the engine's 712/s at batch 64, 12.00 of its 89/s at batch 1"))
      let topology = try place.write(sized.standardOutput, to: "sized.yaml")
      func completed(_ policy: String) async throws -> Double {
        let out = place.path("run-\(policy)")
        let run = try RunningProgram(
          "offramp", ["simulate", topology, "--no-traces", "--policy", policy, "--output", out], in: place)
        #expect(try await run.end(within: 120) == 0, "\(run.standardError)")
        return try #require(try FinishedRun(out).json("summary.json")["throughput_per_s"]?.double)
      }
      // Early exit and batching carry more than all blocks would; rows one by one a fraction.
      #expect(try await completed("exit-aware-shelf-packing") > 712 * 1.2)
      let alone = try await completed("conventional")
      #expect(alone > 50 && alone < 178)

      let few = try await size(["--engine", "paced", "--most-tasks", "80"])
      #expect(few.standardError.contains("so the engine does NOT limit"), "\(few.standardError)")
      let wrong = try await size(["--engine", "abacus"])
      #expect(wrong.process.terminationStatus == 1 && wrong.standardError.hasPrefix("error: "))
      #expect(wrong.standardError.split(separator: "\n").count == 1, "\(wrong.standardError)")
    }

    @Test(arguments: [
      ("engine: torch, device: cpu, plugin: absent.so", "the plugin cannot be read"),
      ("engine: cuda, device: 200", "device 200"),
    ]) func whatIsMissingIsOneLine(_ worker: String, _ words: String) async throws {
      let place = try Workplace()
      let run = try RunningProgram("offramp", ["run", try topology(worker, in: place)], in: place)
      #expect(try await run.end(within: 60) == 2, "\(run.standardError)")
      #expect(run.standardError.hasPrefix("error: ") && run.standardError.contains(words), "\(run.standardError)")
      #expect(run.standardError.split(separator: "\n").count == 1, "\(run.standardError)")
      #expect(nodeProcesses(mentioning: place.directory.path).isEmpty)
    }
  }
}
