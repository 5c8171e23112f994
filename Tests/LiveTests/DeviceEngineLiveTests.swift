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

    @Test(arguments: [
      ("engine: torch, device: cpu, plugin: absent.so", "the plugin cannot be read"),
      ("engine: cuda, device: 200", "device 200"),
    ]) func whatIsMissingIsOneLine(_ worker: String, _ words: String) async throws {
      let place = try Workplace()
      let run = try RunningProgram("offramp", ["run", try topology(worker, in: place)], in: place)
      #expect(try await run.end(within: 60) == 2, "\(run.standardError)")
      #expect(run.standardError.contains(words) && !run.standardError.contains("Fatal error"), "\(run.standardError)")
      #expect(nodeProcesses(mentioning: place.directory.path).isEmpty)
    }
  }
}
