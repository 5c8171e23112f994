import Foundation
import PlainJSON
import Testing

extension Live {
  /// Faults that a topology plans, on real processes: each takes effect at its instant, the rest goes on, every task has an
  /// outcome, and the run counts.
  @Suite struct LiveFaultTests {
    // MARK: Workers

    @Test func aKilledWorkerIsLostAndTheOtherGoesOn() async throws {
      let run = try await finished("{kill: w0, at: 1500 ms}", workers: 2, duration: "5 s")
      try run.expectSound()
      let fault = try run.faults[0]
      let noticed = try #require(fault["noticed_ns"]?.integer)
      #expect(fault["noticed_by"]?.string == "base-station")
      #expect(try noticed > #require(fault["effect_ns"]?.integer) + 1_500_000_000, "silence is what tells of it")
      let late = try run.files.table("tasks").filter { (Int($0["generated_ns"] ?? "") ?? 0) > noticed }
      #expect(late.contains { $0["outcome"] == "completed" && $0["worker"] == "1" })
      #expect(!late.contains { $0["worker"] == "0" }, "nothing is planned for a worker that is gone")
    }

    @Test func aRestartedWorkerAnswersAgain() async throws {
      let run = try await finished("{restart: w0, at: 1200 ms, after: 500 ms}", duration: "6 s")
      try run.expectSound()
      #expect(try run.files.records("peerReturned", of: "base-station").map { $0["node"]?.string } == ["w0"])
      let answered = try run.files.records("taskExited", of: "w0.2")
      #expect(answered.count > 5, "the second life answers")
      let named = Set(answered.compactMap { "\($0["device"]?.integer ?? -1)/\($0["task"]?.integer ?? -1)" })
      let tasks = try run.files.table("tasks").filter { named.contains("\($0["device"] ?? "")/\($0["task"] ?? "")") }
      #expect(tasks.contains { $0["outcome"] == "completed" })
      #expect(try run.files.records("traceClosed", of: "w0.2").count == 1)
    }

    @Test func aStoppedWorkerSaysGoodbye() async throws {
      let run = try await finished("{stop: w0, at: 1500 ms}", workers: 2, duration: "4 s")
      try run.expectSound()
      let lost = try #require(try run.files.records("peerLost", of: "base-station").first)
      #expect(lost["node"]?.string == "w0" && lost["cause"]?.string == "goodbye")
      #expect(try run.files.records("traceClosed", of: "w0").count == 1, "it leaves in order")
    }

    // MARK: Emulators

    @Test func aRestartedEmulatorNumbersItsTasksOn() async throws {
      let run = try await finished("{restart: devices-1, at: 1500 ms, after: 400 ms}", processes: 2, duration: "6 s")
      try run.expectSound()
      let (first, second) = (try run.numbers(offeredIn: "devices-1"), try run.numbers(offeredIn: "devices-1.2"))
      #expect(!first.isEmpty && !second.isEmpty)
      for (device, numbers) in second {
        #expect((first[device]?.max() ?? -1) < (numbers.min() ?? .max), "device \(device)")
      }
      let again = try run.files.records("taskEnded", of: "devices-1.2")
      #expect(again.contains { $0["outcome"]?.string == "completed" })
    }

    @Test func aRunWaitsForItsOnlyEmulatorToComeBack() async throws {
      let run = try await finished("{restart: devices-0, at: 1 s, after: 2500 ms}", duration: "6 s")
      try run.expectSound()
      #expect(try run.files.records("taskEnded", of: "devices-0.2").contains { $0["outcome"]?.string == "completed" })
    }

    @Test func aRunEndsWhenItsOnlyEmulatorIsGone() async throws {
      let run = try await finished("{kill: devices-0, at: 1 s}", duration: "20 s")
      try run.expectSound()
      #expect(run.took < .seconds(15), "nothing more is to come")
      #expect(try run.files.table("tasks").contains { $0["outcome"] == "lost" })
    }

    // MARK: Pauses

    @Test(arguments: ["w0", "devices-0", "base-station"]) func aShortPauseLosesNobody(node: String) async throws {
      let run = try await finished("{pause: \(node), at: 1500 ms, for: 300 ms}", duration: "4 s")
      try run.expectSound()
      for trace in ["base-station", "w0", "devices-0"] {
        #expect(try run.files.records("peerLost", of: trace).isEmpty, "\(trace)")
      }
      #expect(try run.faults[0]["noticed_ns"]?.isNull == true)
    }

    @Test func whoIsPausedForLongIsLostAndReturns() async throws {
      let run = try await finished("{pause: w0, at: 1500 ms, for: 3 s}", workers: 2, duration: "7 s")
      try run.expectSound()
      let lost = try #require(try run.files.records("peerLost", of: "base-station").first?["t_ns"]?.integer)
      let back = try #require(try run.files.records("peerReturned", of: "base-station").first?["t_ns"]?.integer)
      #expect(lost > 3_000_000_000 && lost < 4_500_000_000)
      #expect(back >= 4_500_000_000)
      let tasks = try run.files.table("tasks").filter { (Int($0["generated_ns"] ?? "") ?? 0) > back + 300_000_000 }
      #expect(tasks.contains { $0["worker"] == "0" && $0["outcome"] == "completed" }, "it is planned for again")
    }

    @Test func aLongPauseOfTheBaseStationIsSatOut() async throws {
      let run = try await finished("{pause: base-station, at: 1500 ms, for: 3 s}", duration: "6 s")
      try run.expectSound()
      for trace in ["w0", "devices-0"] { #expect(try run.files.records("peerLost", of: trace).isEmpty, "\(trace)") }
      let late = try run.files.table("tasks").filter { (Int($0["generated_ns"] ?? "") ?? 0) > 4_800_000_000 }
      #expect(late.contains { $0["outcome"] == "completed" })
    }

    @Test func aSignalDuringAPauseLeavesNoProcess() async throws {
      let place = try Workplace()
      let out = place.path("run")
      let run = try RunningProgram(
        "offramp",
        ["run", try topology("{pause: w0, at: 500 ms, for: 60 s}", in: place, duration: "20 s"), "--output", out],
        in: place)
      let isPaused = try await eventually(within: 60) {
        nodeProcesses(mentioning: out).contains { state(of: $0.pid) == "T" }
      }
      try #require(isPaused, "\(run.standardError)")
      kill(run.process.processIdentifier, SIGINT)
      #expect(try await run.end(within: 20) == 2)
      #expect(nodeProcesses(mentioning: out).isEmpty)
      try FinishedRun(out).expectConservation()
    }

    // MARK: The base station

    @Test(arguments: ["kill", "stop"]) func withTheBaseStationEverythingEnds(kind: String) async throws {
      let run = try await finished("{\(kind): base-station, at: 1500 ms}", duration: "20 s")
      try run.expectSound()
      #expect(run.took < .seconds(20))
      #expect(try run.files.table("tasks").contains { $0["outcome"] == "lost" })
      for trace in ["w0", "devices-0"] {
        #expect(try run.files.records("stopped", of: trace).count == 1)
        #expect(try run.files.records("traceClosed", of: trace).count == 1)
      }
    }

    // MARK: Steps

    @Test func stepsOfBandwidthAndEngineShowInTheTables() async throws {
      let run = try await finished(
        "{bandwidth: 50 %, at: 1 s, for: 1 s}\n  - {engine: w0, speed: 50 %, at: 2500 ms}", duration: "4 s")
      try run.expectSound()
      for row in try run.files.table("frames") {
        let frame = try #require(Int(row["frame"] ?? ""))
        // Frames of 100 ms.
        #expect(Double(row["bandwidth_hz"] ?? "") == (10..<20 ~= frame ? 1.5e6 : 3e6), "frame \(frame)")
      }
      for row in try run.files.table("batches") where row["block"] == "1" {
        let ratio = try #require(Double(row["actual_ms"] ?? "")) / #require(Double(row["expected_ms"] ?? ""))
        if try #require(Int(row["start_ns"] ?? "")) > 2_600_000_000 { #expect(ratio > 1.9) }
      }
      let station = try run.files.records("faultNoticed", of: "base-station").map { $0["t_ns"]?.integer ?? 0 }
      #expect(station.count == 2 && station.allSatisfy { $0 >= 1_000_000_000 })
      let worker = try run.files.records("faultNoticed", of: "w0").map { $0["t_ns"]?.integer ?? 0 }
      #expect(worker.count == 1 && worker.allSatisfy { $0 >= 2_500_000_000 })
    }

    // MARK: By hand

    /// Nodes that were started by hand, on clocks that are compared: one dies, a wrong one that comes in its place is turned
    /// away, and the right one is started again by the same command.
    @Test(arguments: ["device-emulator", "edge-worker"]) func aNodeStartedAgainByHandIsWelcomeBack(program: String)
      async throws
    {
      let place = try Workplace()
      let isWorker = program == "edge-worker"
      let name = isWorker ? "w0" : "devices-0"
      let path = try topology("{restart: \(name), at: 1 s, after: 1 s}", in: place, duration: "5 s")
      let lines = try await commandLines(path, in: place)
      var nodes = try lines.map { try RunningProgram($0[0], Array($0.dropFirst()), in: place) }
      let isGoing = try await eventually(within: 60) {
        ((try? records("batchEnded", in: "w0", at: place).count) ?? 0) >= 2
      }
      try #require(isGoing, "\(nodes.map(\.standardError))")
      let victim = try #require(lines.firstIndex { $0[0] == program })
      kill(nodes[victim].process.processIdentifier, SIGKILL)
      #expect(try await nodes[victim].end(within: 10) != nil)
      var wrong = lines[victim]
      let flag = try #require(wrong.firstIndex(of: isWorker ? "--listen" : "--devices"))
      wrong[flag + 1] = isWorker ? "tcp://127.0.0.1:*" : "0-2"
      let stranger = try RunningProgram(program, Array(wrong.dropFirst()), in: place)
      #expect(try await stranger.end(within: 20) == 2)
      #expect(stranger.standardError.contains("turned away by the base station"), "\(stranger.standardError)")
      nodes[victim] = try RunningProgram(program, Array(lines[victim].dropFirst()), in: place)
      for node in nodes { #expect(try await node.end(within: 60) == 0, "\(node.standardError)") }
      let returned = try records("peerReturned", in: "base-station", at: place)
      #expect(returned.map { $0["node"]?.string } == [name])
      #expect(try records("clockProbe", in: "\(name).2", at: place).count > 3)
      #expect(try records(isWorker ? "taskExited" : "taskEnded", in: "\(name).2", at: place).count > 3)
    }

    /// What `offramp commands` prints for each node, on free ports.
    private func commandLines(_ path: String, in place: Workplace) async throws -> [[String]] {
      let listing = try RunningProgram("offramp", ["commands", path, "--traces", place.path("traces")], in: place)
      #expect(try await listing.end(within: 20) == 0, "\(listing.standardError)")
      try FileManager.default.createDirectory(atPath: place.path("traces"), withIntermediateDirectories: true)
      return try nodeCommands(in: listing.standardOutput)
    }
    private func records(_ event: String, in trace: String, at place: Workplace) throws -> [JSON] {
      try FinishedRun(place.directory.path).records(event, of: trace)
    }

    // MARK: What is not planned

    @Test func anUnplannedDeathStillFailsTheRun() async throws {
      let place = try Workplace()
      let out = place.path("run")
      let run = try RunningProgram(
        "offramp", ["run", try topology("{kill: w0, at: 15 s}", in: place, duration: "20 s"), "--output", out],
        in: place)
      let isGoing = try await eventually(within: 60) {
        ((try? FinishedRun(out).records("batchEnded", of: "w0").count) ?? 0) >= 4
      }
      try #require(isGoing, "\(run.standardError)")
      let worker = try #require(nodeProcesses(mentioning: out).first { $0.program == "edge-worker" })
      kill(worker.pid, SIGKILL)
      #expect(try await run.end(within: 20) == 2)
      #expect(run.standardError.contains("w0 was killed by SIGKILL"), "\(run.standardError)")
      #expect(nodeProcesses(mentioning: out).isEmpty)
      #expect(try FinishedRun(out).json("verdict.json")["valid"]?.bool == false)
      try FinishedRun(out).expectConservation()
    }

    @Test(arguments: [
      "{loss: device-worker, share: 1 %, at: 1 s}", "{delay: station-worker, by: 20 ms, at: 1 s}",
      "{clock: w0, step: 3 ms, at: 1 s}",
    ]) func whatProcessesCannotSufferIsRefused(fault: String) async throws {
      let place = try Workplace()
      let path = try topology(fault, in: place, duration: "2 s")
      for command in ["run", "commands"] {
        let run = try RunningProgram("offramp", [command, path], in: place)
        #expect(try await run.end(within: 20) == 1)
        let errors = run.standardError.split(separator: "\n").filter { $0.hasPrefix("error:") }
        #expect(errors.count == 1 && errors[0].contains("offramp simulate"), "\(run.standardError)")
      }
    }

    // MARK: How

    private func topology(
      _ faults: String, in place: Workplace, workers: Int = 1, processes: Int = 1, duration: String
    ) throws -> String {
      try place.topology(duration: duration, processes: processes) { text in
        let more = (1..<max(workers, 1)).map { "\n  - {name: w\($0), engine: paced, latency_table: edge-gpu}" }.joined()
        let worker = "  - {name: w0, engine: paced, latency_table: edge-gpu}"
        return text.replacingOccurrences(of: worker, with: worker + more) + "\nfaults:\n  - \(faults)\n"
      }
    }

    private func finished(
      _ faults: String, workers: Int = 1, processes: Int = 1, duration: String
    ) async throws -> FaultedRun {
      let place = try Workplace()
      let out = place.path("run")
      let path = try topology(faults, in: place, workers: workers, processes: processes, duration: duration)
      let began = ContinuousClock.now
      let run = try RunningProgram("offramp", ["run", path, "--output", out], in: place)
      let status = try #require(try await run.end(within: 90), "\(run.standardError)")
      return FaultedRun(place: place, files: FinishedRun(out), status: status, run: run, took: .now - began)
    }

    /// The state letter of a process in /proc; T: stopped.
    private func state(of process: Int32) -> Character? {
      let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
      return stat?.split(separator: ")").last?.split(separator: " ").first?.first
    }
  }

  /// A run that ended, and what is expected of every one with planned faults.
  struct FaultedRun {
    let place: Workplace
    let files: FinishedRun
    let status: Int32
    let run: RunningProgram
    let took: Duration

    /// The run did not fail, every task has one outcome, no invariant is broken, and no process is left.
    func expectSound() throws {
      #expect(status == 0 || status == 3, "\(run.standardError)")
      try files.expectConservation(least: 5)
      try files.expectNoViolation()
      let reasons = try #require(try files.json("verdict.json")["reasons"]?.array)
      #expect(!reasons.contains { $0.string?.contains("died unplanned") == true }, "\(reasons)")
      for fault in try faults {
        let (planned, effect) = (try #require(fault["planned_ns"]?.integer), fault["effect_ns"]?.integer)
        #expect(try #require(effect) >= planned, "\(fault)")
      }
      #expect(nodeProcesses(mentioning: files.directory.path).isEmpty)
    }

    /// What became of each planned fault.
    var faults: [JSON] { get throws { try #require(try files.json("run.json")["faults"]?.array) } }

    /// Numbers of the tasks that each device offered in one trace.
    func numbers(offeredIn trace: String) throws -> [Int: [Int]] {
      var numbers: [Int: [Int]] = [:]
      for record in try files.records("taskOffered", of: trace) {
        guard let device = record["device"]?.integer, let task = record["task"]?.integer else { continue }
        numbers[device, default: []].append(task)
      }
      return numbers
    }
  }
}
