import Foundation
import PlainJSON
import Testing

/// `offramp simulate` as users call it.
@Suite struct SimulateTests {
  private func simulate(_ place: Workplace, _ topology: String, _ arguments: [String], status: Int32 = 0) async throws
    -> RunningProgram
  {
    let run = try RunningProgram("offramp", ["simulate", topology] + arguments, in: place)
    let ended = try #require(try await run.end(within: 60))
    #expect(ended == status, "\(run.standardError)")
    return run
  }

  private func files(_ directory: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: directory).filter { $0.contains(".") }.sorted()
  }

  /// Two processes leave the same bytes: nothing of the wall clock, the machine or hashing gets into traces or tables.
  @Test(arguments: ["exit-aware-shelf-packing", "tree-search", "dynamic-batching", "adaptive-batching", "conventional"])
  func sameSeedSameBytes(policy: String) async throws {
    let place = try Workplace()
    let topology = try place.topology()
    for name in ["a", "b"] {
      let out = place.path(name)
      _ = try await simulate(place, topology, ["--output", out, "--policy", policy])
      try FinishedRun(out).expectConservation(least: 50)
      try FinishedRun(out).expectNoViolation()
    }
    let (a, b) = (place.path("a"), place.path("b"))
    #expect(try files(a) == files(b))
    for file in try files(a) where file != "run.json" {
      let (one, other) = (
        FileManager.default.contents(atPath: "\(a)/\(file)"),
        FileManager.default.contents(atPath: "\(b)/\(file)")
      )
      #expect(one == other, "\(file) differs")
    }
    let traces = try files(a).filter { $0.hasPrefix("traces/") }
    #expect(traces == ["traces/base-station.jsonl", "traces/devices-0.jsonl", "traces/w0.jsonl"])
  }

  @Test func anotherSeedGivesAnotherRun() async throws {
    let place = try Workplace()
    let topology = try place.topology()
    for seed in ["1", "2"] {
      _ = try await simulate(place, topology, ["--output", place.path(seed), "--seed", seed])
    }
    let tasks = ["1", "2"].map { FileManager.default.contents(atPath: place.path("\($0)/tables/tasks.csv")) }
    #expect(tasks[0] != nil && tasks[0] != tasks[1])
  }

  /// Summary and verdict are the same with and without traces, and what the traces say when they are read again. Without
  /// traces there is nothing else.
  @Test(arguments: ["exit-aware-shelf-packing", "dynamic-batching"])
  func tracesAddNothingAndLoseNothing(policy: String) async throws {
    let place = try Workplace()
    let topology = try place.topology()
    let (with, without) = (place.path("with"), place.path("without"))
    _ = try await simulate(place, topology, ["--output", with, "--policy", policy])
    _ = try await simulate(place, topology, ["--output", without, "--policy", policy, "--no-traces"])
    #expect(try files(without) == ["run.json", "summary.json", "topology.yaml", "verdict.json"])
    for file in ["summary.json", "verdict.json"] {
      let before = FileManager.default.contents(atPath: "\(with)/\(file)")
      #expect(before != nil && before == FileManager.default.contents(atPath: "\(without)/\(file)"), "\(file) differs")
    }
    let summary = FileManager.default.contents(atPath: "\(with)/summary.json")
    let audit = try RunningProgram("offramp", ["audit", with], in: place)
    #expect(try await audit.end(within: 30) == 0, "\(audit.standardOutput)")
    let report = try RunningProgram("offramp", ["report", with], in: place)
    #expect(try await report.end(within: 30) == 0, "\(report.standardError)")
    #expect(FileManager.default.contents(atPath: "\(with)/summary.json") == summary)
  }

  @Test func filesOfArrivalsAndChannelsAreFollowed() async throws {
    let place = try Workplace()
    _ = try place.write("device,time_s\n1,0.3\n0,0.25\n0,0.05\n", to: "arrivals.csv")
    _ = try place.write("device,frame,snr_db\n0,0,12\n1,0,15\n", to: "snr.csv")
    let topology = try place.topology {
      $0.replacingOccurrences(of: "count: 6", with: "count: 2")
        .replacingOccurrences(of: "{poisson: 8 /s}", with: "{replay: arrivals.csv}")
        .replacingOccurrences(of: "{snr: [10 dB, 20 dB]}", with: "{trace: snr.csv}")
    }
    let out = place.path("run")
    _ = try await simulate(place, topology, ["--output", out])
    let phones = try FinishedRun(out).table("tasks").filter { $0["group"] == "phones" }
    #expect(phones.map { $0["generated_ns"] } == ["50000000", "250000000", "300000000"])
    #expect(phones.map { $0["device"] } == ["0", "0", "1"])
  }

  /// A day of virtual time takes long enough to be interrupted.
  @Test(arguments: [SIGINT, SIGTERM]) func aSignalLeavesNothingBehind(number: Int32) async throws {
    let place = try Workplace()
    let out = place.path("run")
    let run = try RunningProgram(
      "offramp", ["simulate", try place.topology(duration: "24 h"), "--output", out], in: place)
    run.send(number) { FileManager.default.fileExists(atPath: out + "/traces/w0.jsonl") }
    #expect(try await run.end(within: 60) == 2)
    #expect(run.standardError.hasPrefix("error: the simulation was interrupted by SIG"))
    #expect(run.standardError.split(separator: "\n").count == 1)
    #expect(!FileManager.default.fileExists(atPath: out))
  }

  /// The simulation may be making its directory or any of its files just then.
  @Test func aSignalAtAnyInstantLeavesNothingBehind() async throws {
    let place = try Workplace()
    let topology = try place.topology(duration: "24 h")
    for turn in 0..<12 {
      let out = place.path("run-\(turn)")
      let run = try RunningProgram("offramp", ["simulate", topology, "--output", out], in: place)
      // Most at the beginning, where everything is made.
      let delay = UInt32(turn * turn * 300)
      let number = run.process.processIdentifier
      run.send(SIGTERM) {
        while !FileManager.default.fileExists(atPath: out), kill(number, 0) == 0 { usleep(100) }
        usleep(delay)
        return true
      }
      #expect(try await run.end(within: 60) == 2)
      #expect(
        run.standardError == "error: the simulation was interrupted by SIGTERM, \(out) is removed; run it again\n")
      let left = try FileManager.default.contentsOfDirectory(atPath: place.directory.path)
      #expect(!left.contains { $0.hasPrefix("run-") }, "\(left), \(delay) µs after the directory was made")
    }
  }

  /// What was the user's stays, through a link too.
  @Test func aSignalLeavesAnEmptyDirectoryThatWasThere() async throws {
    let place = try Workplace()
    let (real, link) = (place.path("real"), place.path("link"))
    try FileManager.default.createDirectory(atPath: real, withIntermediateDirectories: false)
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: real)
    let run = try RunningProgram(
      "offramp", ["simulate", try place.topology(duration: "24 h"), "--output", link], in: place)
    run.send(SIGINT) { FileManager.default.fileExists(atPath: real + "/topology.yaml") }
    #expect(try await run.end(within: 60) == 2)
    #expect(
      run.standardError == "error: the simulation was interrupted by SIGINT, \(link) is empty again; run it again\n")
    #expect(try FileManager.default.contentsOfDirectory(atPath: link) == [])
    let left = try FileManager.default.contentsOfDirectory(atPath: place.directory.path)
    #expect(!left.contains { $0.contains("interrupted") }, "\(left)")
  }

  @Test func aSchedulerElsewhereIsAnError() async throws {
    let place = try Workplace()
    let topology = try place.topology { $0 + "\npolicy: {name: external, endpoint: 'tcp://127.0.0.1:1'}\n" }
    let run = try await simulate(place, topology, ["--output", place.path("run")], status: 1)
    #expect(run.standardError.hasPrefix("error: virtual time cannot wait for a process of your own, "))
    #expect(run.standardError.split(separator: "\n").count == 1)
  }

  @Test func anEngineWithoutATableIsAnError() async throws {
    let place = try Workplace()
    let topology = try place.topology {
      $0.replacingOccurrences(of: "engine: paced, latency_table: edge-gpu", with: "engine: onnxruntime")
    }
    let run = try await simulate(place, topology, ["--output", place.path("run")], status: 1)
    #expect(run.standardError.hasPrefix("error: the worker 'w0' has no latencies to go by"))
    #expect(run.standardError.split(separator: "\n").count == 1)
    #expect(!FileManager.default.fileExists(atPath: place.path("run")))
  }
}
