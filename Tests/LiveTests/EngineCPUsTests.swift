import Foundation
import Testing
import ZeroMQ

extension Live {
  /// A worker whose engine has a processor of its own.
  @Suite struct EngineCPUsTests {
    private func cpus(ofThreadsOf process: Int32) -> [String: String] {
      let tasks = "/proc/\(process)/task"
      var found: [String: String] = [:]
      for thread in (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? [] {
        guard let status = try? String(contentsOfFile: "\(tasks)/\(thread)/status", encoding: .utf8) else { continue }
        func field(_ name: String) -> String {
          status.split(separator: "\n").first { $0.hasPrefix(name) }
            .map { $0.dropFirst(name.count).trimmingCharacters(in: .whitespaces) } ?? ""
        }
        found["\(field("Name:")) \(thread)"] = field("Cpus_allowed_list:")
      }
      return found
    }

    @Test func theEngineHasItAlone() async throws {
      let all = try CPUAffinity.current()
      // Without a second processor there is none to keep off; the flag's refusal is tested below.
      guard let last = all.last, all.count > 1 else { return }
      let place = try Workplace()
      let out = place.path("run")
      let topology = try place.topology(duration: "5 s") {
        $0.replacingOccurrences(of: "latency_table: edge-gpu", with: "latency_table: edge-gpu, cpus: \(last)")
      }
      let run = try RunningProgram("offramp", ["run", topology, "--output", out], in: place)
      var seen: [String: String] = [:]
      let deadline = monotonicNow() + 150_000_000_000
      while monotonicNow() < deadline, !seen.keys.contains(where: { $0.hasPrefix("engine-0") }) {
        try await Task.sleep(for: .milliseconds(20))
        for node in nodeProcesses(mentioning: place.directory.path) {
          let threads = cpus(ofThreadsOf: node.pid)
          // Its name comes before its processors.
          let isPinned = threads.contains { $0.key.hasPrefix("engine-0") && $0.value == "\(last)" }
          if isPinned { seen = threads }
        }
      }
      let engine = seen.filter { $0.key.hasPrefix("engine-0") }
      let others = seen.filter { !$0.key.hasPrefix("engine-0") }
      #expect(engine.values.allSatisfy { $0 == "\(last)" } && engine.count == 1, "\(seen)")
      #expect(others.count >= 2 && others.values.allSatisfy { !$0.hasSuffix("\(last)") }, "\(seen)")
      let status = try #require(try await run.end(within: 150))
      #expect(status == 0 || status == 3, "\(run.standardError)")
      try FinishedRun(out).expectNoViolation()
    }

    /// Without processors of its own, an engine that computes here is not put off by whatever arrives (policy 3 is Linux'
    /// SCHED_BATCH); an emulated one is to be on time, and all threads are like any others.
    @Test(arguments: [("onnxruntime", 3), ("onnxruntime --cpus", 0), ("paced", 0), ("replay", 0)])
    func whoWaitsForTheEngine(engine: String, policyOfOthers: Int) async throws {
      let place = try Workplace()
      let model = Workplace.checkout.path + "/Topologies/Models/digits"
      let table = "\(model)/edge-gpu.json"
      let words = engine.split(separator: " ").map(String.init)
      let all = try CPUAffinity.current()
      // Without a second processor there is none to keep off.
      guard let last = all.last, all.count > 1 || words.count == 1 else { return }
      let node = try RunningProgram(
        "edge-worker",
        ["--model", model, "--engine", words[0]]
          + (words[0] == "onnxruntime" ? ["--profile", table] : ["--latency-table", table])
          + (words.count > 1 ? [words[1], "\(last)"] : []),
        in: place)
      var seen: [String: Int] = [:]
      let process = node.process.processIdentifier
      _ = try await eventually(within: 30) {
        seen = policies(ofThreadsOf: process)
        return seen["engine-0"] == 0 && seen.keys.contains { $0.hasPrefix("ZMQbg") }
      }
      #expect(seen["engine-0"] == 0, "\(seen)")
      let others = seen.filter { $0.key != "engine-0" }
      #expect(others.count >= 2 && others.values.allSatisfy { $0 == policyOfOthers }, "\(seen)")
      node.process.terminate()
      #expect(try await node.end(within: 30) != nil)
    }
    /// By the threads' names.
    private func policies(ofThreadsOf process: Int32) -> [String: Int] {
      let tasks = "/proc/\(process)/task"
      var found: [String: Int] = [:]
      for thread in (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? [] {
        guard let stat = try? String(contentsOfFile: "\(tasks)/\(thread)/stat", encoding: .utf8),
          let open = stat.firstIndex(of: "("), let close = stat.lastIndex(of: ")")
        else { continue }
        // The 41st field of the line; behind the name comes the third.
        let fields = stat[stat.index(after: close)...].split(separator: " ")
        if fields.count > 38 { found[String(stat[stat.index(after: open)..<close])] = Int(fields[38]) }
      }
      return found
    }

    @Test(arguments: ["", "1-", "all", "1024", "0-1023", "-1"])
    func whatCannotBeIsOneLine(list: String) async throws {
      let place = try Workplace()
      let model = Workplace.checkout.path + "/Topologies/Models/digits"
      let node = try RunningProgram(
        "edge-worker",
        ["--model", model, "--engine", "replay", "--latency-table", "\(model)/edge-gpu.json", "--cpus", list],
        in: place)
      #expect(try await node.end(within: 10) == 2)
      #expect(
        node.standardError.hasPrefix("error: ") && node.standardError.contains("processors"), "\(node.standardError)")
      #expect(node.standardError.split(separator: "\n").count == 1, "\(node.standardError)")
    }
  }
}
