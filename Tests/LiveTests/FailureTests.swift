import Foundation
import PlainJSON
import Testing

extension Live {
  /// What goes wrong in mid-run: one clear line, the rest stops in order, and nothing is lost.
  @Suite struct FailureTests {
    @Test(arguments: ["base-station", "edge-worker", "device-emulator"])
    func aKilledNodeEndsTheRunInOrder(program: String) async throws {
      let place = try Workplace()
      let out = place.path("run")
      let run = try await startedRun(place, out)
      let victim = try #require(nodeProcesses(mentioning: out).first { $0.program == program })
      let died = ContinuousClock.now
      kill(victim.pid, SIGKILL)
      #expect(try await eventually(within: 10) { nodeProcesses(mentioning: out).isEmpty })
      #expect(ContinuousClock.now - died < .seconds(6))
      #expect(try await run.end(within: 20) == 2)
      try expectOneErrorLine(run)
      try expectAllIsKept(out)
      let verdict = try FinishedRun(out).json("verdict.json")
      #expect(verdict["valid"]?.bool == false)
      let tasks = try FinishedRun(out).table("tasks")
      #expect(tasks.contains { $0["outcome"] == "lost" && !($0["cause"] ?? "").isEmpty })
    }

    @Test(arguments: [SIGINT, SIGTERM]) func aSignalEndsTheRunInOrder(signal: Int32) async throws {
      let place = try Workplace()
      let out = place.path("run")
      let run = try await startedRun(place, out)
      kill(run.process.processIdentifier, signal)
      #expect(try await run.end(within: 15) == 2)
      #expect(nodeProcesses(mentioning: out).isEmpty)
      try expectOneErrorLine(run)
      try expectAllIsKept(out)
      for trace in FinishedRun(out).traces {
        let text = try String(contentsOf: trace, encoding: .utf8)
        #expect(text.split(separator: "\n").last?.contains("traceClosed") == true, "\(trace.lastPathComponent)")
        #expect(text.contains(#""event":"stopped""#), "\(trace.lastPathComponent)")
      }
    }

    @Test func nodesDieWithAKilledLauncher() async throws {
      let place = try Workplace()
      let out = place.path("run")
      let run = try await startedRun(place, out)
      #expect(nodeProcesses(mentioning: out).count == 3)
      kill(run.process.processIdentifier, SIGKILL)
      #expect(try await eventually(within: 5) { nodeProcesses(mentioning: out).isEmpty })
    }

    /// A run that has been going for a moment.
    private func startedRun(_ place: Workplace, _ out: String) async throws -> RunningProgram {
      let run = try RunningProgram(
        "offramp", ["run", try place.topology(duration: "30 s"), "--output", out], in: place)
      let isGoing = try await eventually(within: 40) {
        ((try? FinishedRun(out).records("batchEnded", of: "w0").count) ?? 0) >= 8
      }
      try #require(isGoing, "\(run.standardError)")
      return run
    }

    private func expectOneErrorLine(_ run: RunningProgram) throws {
      let errors = run.standardError.split(separator: "\n").filter { $0.hasPrefix("error:") }
      #expect(errors.count == 1, "\(run.standardError)")
      #expect(!run.standardError.contains("Fatal error"))
    }

    private func expectAllIsKept(_ out: String) throws {
      try FinishedRun(out).expectConservation()
      #expect(FinishedRun(out).traces.count == 3)
      for name in ["run.json", "summary.json", "timeline.perfetto.json"] {
        #expect(throws: Never.self) { try FinishedRun(out).json(name) }
      }
    }
  }
}
