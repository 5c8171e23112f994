import Foundation
import PlainJSON
import Testing

extension Live {
  /// Live runs on loopback: real processes, real sockets, the real engine.
  @Suite struct RunTests {
    @Test(arguments: [1, 3]) func aRunKeepsEveryInvariant(processes: Int) async throws {
      let place = try Workplace()
      let out = place.path("run")
      let run = try RunningProgram(
        "offramp", ["run", try place.topology(processes: processes), "--output", out], in: place)
      let status = try #require(try await run.end(within: 60))
      #expect(status == 0 || status == 3, "\(run.standardError)")
      let finished = FinishedRun(out)
      try finished.expectConservation(least: 50)
      try finished.expectNoViolation()
      #expect(finished.traces.count == 2 + processes)
      let tasks = try finished.table("tasks")
      #expect(tasks.contains { $0["outcome"] == "completed" })
      #expect(try finished.table("batches").contains { Int($0["size"] ?? "") ?? 0 > 1 }, "no batch of several tasks")
      #expect(try finished.table("frames").count >= 20)
      #expect(run.standardOutput.contains("run: \(out)"))
      #expect(nodeProcesses(mentioning: out).isEmpty)
    }

    /// Workers that form their batches themselves; bursts fill the queue, so that batches of several tasks form.
    @Test(arguments: [
      "{name: dynamic-batching, max_batch: 4, queue_delay: 5 ms, queue_timeout: 80 ms}", "aimd-batching",
      "adaptive-batching",
    ])
    func openPlansKeepEveryInvariant(policy: String) async throws {
      let place = try Workplace()
      let out = place.path("run")
      let topology = try place.topology { $0 + "\npolicy: \(policy)\n" }
      let run = try RunningProgram("offramp", ["run", topology, "--output", out], in: place)
      let status = try #require(try await run.end(within: 60))
      #expect(status == 0 || status == 3, "\(run.standardError)")
      let finished = FinishedRun(out)
      try finished.expectConservation(least: 50)
      try finished.expectNoViolation()
      let formed = try finished.records("batchFormed", of: "w0")
      #expect(formed.count > 10)
      #expect(
        try finished.table("tasks").contains { $0["outcome"] == "completed" && $0["batch_planned_start_ns"] == "" })
    }

    /// What the engine answered in the run is what the model's files say it answers, task for task.
    @Test func answersAreTheModelsOwn() async throws {
      let place = try Workplace()
      let out = place.path("run")
      let run = try RunningProgram("offramp", ["run", try place.topology(), "--output", out], in: place)
      _ = try #require(try await run.end(within: 60))
      let model = Workplace.checkout.appending(path: "Topologies/Models/digits")
      let answers = try Data(contentsOf: model.appending(path: "heldout.answers.u8"))
      var samples: [String: Int] = [:]
      for offer in try FinishedRun(out).records("taskOffered", of: "devices-0") {
        samples[try name(of: offer)] = offer["sample"]?.integer
      }
      var compared = 0
      for left in try FinishedRun(out).records("taskExited", of: "w0") {
        let (sample, taken) = (samples[try name(of: left)], left["exit"]?.integer)
        #expect(try Int(answers[#require(sample) * 4 + #require(taken) - 1]) == left["predicted"]?.integer)
        compared += 1
      }
      #expect(compared > 20)
    }

    /// Arrivals and channel from files, an engine that only replays its table, and tasks that end long before `duration`.
    @Test func replayedRunEndsInOrderWhenItsTasksDo() async throws {
      let place = try Workplace()
      let out = place.path("run")
      let times = (0..<10).map { "0,\(0.1 + 0.1 * Double($0))\n1,\(0.15 + 0.1 * Double($0))\n" }.joined()
      _ = try place.write("device,time_s\n" + times, to: "arrivals.csv")
      let snr = (0..<14).map { "\($0 % 2),\($0 / 2),\(10 + $0)\n" }.joined()
      _ = try place.write("device,frame,snr_db\n" + snr, to: "snr.csv")
      let topology = try place.write(
        """
        format: 1
        name: replayed
        duration: 20 s
        cell: {bandwidth: 3 MHz}
        model: \(Workplace.checkout.path)/Topologies/Models/digits
        workers:
          - {name: w0, engine: replay, latency_table: edge-gpu}
        devices:
          groups:
            - name: a
              count: 2
              accuracy: 75 %
              deadline: 350 ms
              arrivals: {replay: arrivals.csv}
              channel: {trace: snr.csv}
        """, to: "replayed.yaml")
      let run = try RunningProgram("offramp", ["run", topology, "--output", out], in: place)
      let status = try #require(try await run.end(within: 15))
      #expect(status == 0 || status == 3, "\(run.standardError)")
      try FinishedRun(out).expectConservation(least: 20)
      try FinishedRun(out).expectNoViolation()
      #expect(try FinishedRun(out).json("run.json")["interruption"]?.isNull != false)
      // Frame f of device 0 has 10 + 2f dB, of device 1 one more, over and over.
      for grant in try FinishedRun(out).records("taskGranted", of: "base-station") {
        let (device, frame) = (grant["device"]?.integer ?? 0, grant["frame"]?.integer ?? 0)
        let expected = log2(1 + pow(10, Double(10 + 2 * (frame % 7) + device) / 10))
        #expect(abs((grant["spectral_efficiency"]?.double ?? 0) - expected) < 1e-9)
      }
    }

    private func name(of record: JSON) throws -> String {
      "\(try #require(record["device"]?.integer))/\(try #require(record["task"]?.integer))"
    }

    @Test func ipcLeavesNoSocketFile() async throws {
      let place = try Workplace()
      let out = place.path("run")
      let topology = try place.topology { $0 + "\ntransport: {scheme: ipc}\n" }
      let before = try socketFiles()
      let run = try RunningProgram("offramp", ["run", topology, "--output", out], in: place)
      let status = try #require(try await run.end(within: 60))
      #expect(status == 0 || status == 3, "\(run.standardError)")
      try FinishedRun(out).expectNoViolation()
      #expect(try socketFiles().subtracting(before).isEmpty)
    }

    /// Sockets in the temporary directory that an Offramp run would make.
    private func socketFiles() throws -> Set<String> {
      let root = FileManager.default.temporaryDirectory
      let names = try FileManager.default.contentsOfDirectory(atPath: root.path)
      return Set(names.filter { $0.contains("offramp") && !$0.hasPrefix("offramp-live-") })
    }

    /// Nodes started by hand with what `offramp commands` prints, comparing clocks as hosts would, and joined afterwards.
    @Test func nodesStartedByHandAreJoined() async throws {
      let place = try Workplace()
      let topology = try place.topology()
      let listing = try RunningProgram("offramp", ["commands", topology], in: place)
      #expect(try await listing.end(within: 20) == 0, "\(listing.standardError)")
      let lines = try nodeCommands(in: listing.standardOutput)
      #expect(lines.count == 3)
      try FileManager.default.createDirectory(atPath: place.path("traces"), withIntermediateDirectories: true)
      let nodes = try lines.map { try RunningProgram($0[0], Array($0.dropFirst()), in: place) }
      for node in nodes { #expect(try await node.end(within: 60) == 0, "\(node.standardError)") }
      let out = place.path("joined")
      let collect = try RunningProgram(
        "offramp", ["collect", place.path("traces"), "--output", out, "--topology", topology], in: place)
      let status = try #require(try await collect.end(within: 30))
      #expect(status == 0 || status == 3, "\(collect.standardError)")
      try FinishedRun(out).expectConservation(least: 50)
      try FinishedRun(out).expectNoViolation()
      #expect(try FinishedRun(out).records("clockProbe", of: "w0").count > 5)
    }
  }
}
