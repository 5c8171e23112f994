import Foundation
import Testing
import ZeroMQ

extension Live {
  /// What users get wrong: one line that says what, where and what to do, the right status, and no process left.
  @Suite struct BadInputTests {
    private func expectFailure(
      _ arguments: [String], in place: Workplace, status: Int32, saying words: [String],
      environment: [String: String] = [:], within seconds: Double = 40
    ) async throws {
      let run = try RunningProgram("offramp", arguments, in: place, environment: environment)
      #expect(try await run.end(within: seconds) == status, "\(run.standardError)")
      let lines = run.standardError.split(separator: "\n")
      #expect(
        lines.contains { line in line.hasPrefix("error: ") && words.allSatisfy { line.contains($0) } },
        "\(run.standardError)")
      #expect(!run.standardError.contains("Fatal error"))
      #expect(nodeProcesses(mentioning: place.directory.path).isEmpty)
    }

    @Test func commandLines() async throws {
      let place = try Workplace()
      try await expectFailure(["fly"], in: place, status: 1, saying: [])
      try await expectFailure(["run"], in: place, status: 1, saying: [])
      try await expectFailure(["run", "absent.yaml"], in: place, status: 1, saying: ["absent.yaml"])
      try await expectFailure(
        ["run", try place.topology(), "--policy", "magic"], in: place, status: 1, saying: ["magic", "equal-share"])
      try await expectFailure(
        ["allocate", "absent.json", "--policy", "conventional", "--objective", "weighted"], in: place, status: 1,
        saying: ["'conventional'", "'weighted'", "tree-search"])
      try await expectFailure(
        ["allocate", "absent.json", "--objective", "magic"], in: place, status: 1,
        saying: ["magic", "proportional-fair"])
      try await expectFailure(
        ["run", try place.topology(), "--duration", "5"], in: place, status: 1, saying: ["5", "ms"])
      try await expectFailure(["audit", "absent"], in: place, status: 1, saying: ["absent"])
      try await expectFailure(["allocate", "absent.json"], in: place, status: 1, saying: ["absent.json"])
    }

    @Test func policiesAreListed() async throws {
      let place = try Workplace()
      let run = try RunningProgram("offramp", ["policies"], in: place)
      #expect(try await run.end(within: 40) == 0, "\(run.standardError)")
      for word in ["OBJECTIVES", "tree-search", "proportional-fair", "equal-share", "external"] {
        #expect(run.standardOutput.contains(word), "\(word)")
      }
    }

    /// AllocationTests go through every field; here the command's own part: files, place, status, one line.
    @Test func instances() async throws {
      let place = try Workplace()
      let valid = """
        {"format": 1, "bandwidth_hz": 2e7, "worker_free_s": 0, "blocks": [{"alpha_s": 0, "beta_s": 0.01}],
         "tasks": [{"id": 4, "feature_bits": 1e5, "snr_hz": 1e8, "deadline_s": 0.08, "exit": 1}]}
        """
      func file(_ text: String) throws -> String {
        try Data(text.utf8).write(to: URL(filePath: place.path("instance.json")))
        return place.path("instance.json")
      }
      for (text, words) in [
        ("", ["line 1, column 1"]), ("\u{0}\u{7F}", ["line 1, column 1"]), ("[3]", ["[0]", "an object"]),
        (String(repeating: "[", count: 100_000), ["column 65"]),
        (valid.replacingOccurrences(of: "2e7", with: "1e400"), ["line 1, column", "1e400"]),
        (valid.replacingOccurrences(of: "2e7", with: "1e300"), ["bandwidth_hz", "1e+300", "1e100"]),
        (valid.replacingOccurrences(of: "0.08", with: "\"0.08\""), ["tasks[0].deadline_s", "a string"]),
        ("[\(valid), \(valid.replacingOccurrences(of: "\"exit\": 1", with: "\"exit\": 2"))]", ["[1].tasks[0].exit"]),
      ] {
        try await expectFailure(["allocate", try file(text)], in: place, status: 1, saying: words)
      }
      try await expectFailure(["allocate", place.directory.path], in: place, status: 1, saying: ["directory"])
      try await expectFailure(
        ["allocate", try file(valid), "--policy", "magic"], in: place, status: 1,
        saying: ["magic", "slotted-tree-search"])
      let run = try RunningProgram(
        "offramp", ["allocate", try file(valid), "--policy", "slotted-tree-search", "--json"], in: place)
      #expect(try await run.end(within: 10) == 0)
      #expect(run.standardOutput.contains("\"scheduled\": [4]"))
    }

    @Test func topologyWithAMissingUnit() async throws {
      let place = try Workplace()
      let topology = try place.topology { $0.replacingOccurrences(of: "3 MHz", with: "3") }
      try await expectFailure(["validate", topology], in: place, status: 1, saying: ["live.yaml:4", "MHz"])
      try await expectFailure(["run", topology], in: place, status: 1, saying: ["live.yaml:4", "MHz"])
    }

    @Test func portInUse() async throws {
      let place = try Workplace()
      let context = try Context()
      let holder = try Socket(context, .router, SocketOptions())
      let endpoint = try holder.bind("tcp://127.0.0.1:*")
      let topology = try place.topology { $0 + "\ntransport: {scheme: tcp, devices: \"\(endpoint)\"}\n" }
      try await expectFailure(
        ["run", topology, "--output", place.path("run")], in: place, status: 2, saying: [endpoint, "in use"])
      _ = consume holder
      context.terminate()
    }

    @Test(arguments: ["missing", "truncated", "swapped", "no model"]) func modelWithABadFile(fault: String) async throws
    {
      let place = try Workplace()
      let model = place.path("digits")
      try FileManager.default.copyItem(
        atPath: Workplace.checkout.path + "/Topologies/Models/digits", toPath: model)
      let block = model + "/block_2.onnx"
      switch fault {
      case "missing": try FileManager.default.removeItem(atPath: block)
      case "truncated":
        let data = try Data(contentsOf: URL(filePath: block))
        try data.prefix(data.count / 2).write(to: URL(filePath: block))
      case "swapped":
        // As large, and of the same shape.
        let other = model + "/block_3.onnx"
        try FileManager.default.moveItem(atPath: block, toPath: model + "/kept")
        try FileManager.default.moveItem(atPath: other, toPath: block)
        try FileManager.default.moveItem(atPath: model + "/kept", toPath: other)
      default:
        // The right size, and no model at all.
        let size = try Data(contentsOf: URL(filePath: block)).count
        try Data(repeating: 7, count: size).write(to: URL(filePath: block))
      }
      let topology = try place.topology {
        $0.replacingOccurrences(of: Workplace.checkout.path + "/Topologies/Models/digits", with: model)
      }
      let run = try RunningProgram("offramp", ["run", topology, "--output", place.path("run")], in: place)
      let status = try #require(try await run.end(within: 40))
      #expect(status == 1 || status == 2)
      #expect(run.standardError.contains("block_2.onnx"), "\(run.standardError)")
      #expect(nodeProcesses(mentioning: place.directory.path).isEmpty)
    }

    @Test func engineLibraryMissing() async throws {
      let place = try Workplace()
      try await expectFailure(
        ["run", try place.topology(), "--output", place.path("run")], in: place, status: 2, saying: ["absent.so"],
        environment: ["OFFRAMP_ONNXRUNTIME": "/absent.so"])
    }

    @Test func outputThatIsNotEmpty() async throws {
      let place = try Workplace()
      let topology = try place.topology()
      try await expectFailure(
        ["run", topology, "--output", place.directory.path], in: place, status: 1, saying: ["empty"])
    }

    @Test(arguments: ["base-station", "edge-worker", "device-emulator"]) func nodeFlags(program: String) async throws {
      let place = try Workplace()
      for arguments in [["--fly", "high"], ["--name"], ["--name", "../x"], ["--patience", "5"], []] {
        let node = try RunningProgram(program, arguments, in: place)
        #expect(try await node.end(within: 10) == 2)
        #expect(
          node.standardError.hasPrefix("error: ") && node.standardError.split(separator: "\n").count == 1,
          "\(node.standardError)")
      }
      let help = try RunningProgram(program, ["--help"], in: place)
      #expect(try await help.end(within: 10) == 0)
      #expect(help.standardOutput.contains("--patience"))
    }

    /// What planned faults mean for a node comes in flags of their own.
    @Test(arguments: [
      ("base-station", "--bandwidth-step", "10s"), ("base-station", "--bandwidth-step", "10s=0Hz"),
      ("base-station", "--bandwidth-step", "10=1MHz"), ("base-station", "--may-lose", "w0=5"),
      ("base-station", "--may-lose", "w0,w0=5s"), ("edge-worker", "--engine-step", "1s=2"),
      ("edge-worker", "--engine-step", "1s=fast"), ("edge-worker", "--engine-step", "=0.5"),
      ("edge-worker", "--silence", "1ms"), ("device-emulator", "--silence", "2"),
    ]) func faultFlags(program: String, flag: String, value: String) async throws {
      let place = try Workplace()
      let group =
        "name=a,first=0,count=2,accuracy=0.75,deadline=350ms,arrivals=poisson:8/s,channel=snr:15dB:15dB,fading=none,"
        + "transmit=0.1W,compute=1W,exit=assigned"
      let model = Workplace.checkout.path + "/Topologies/Models/digits"
      let whole = [
        "base-station": ["--group", group, "--bandwidth", "3MHz", "--duration", "1s"],
        "edge-worker": ["--model", model, "--engine", "replay", "--latency-table", "\(model)/edge-gpu.json"],
        "device-emulator": ["--group", group, "--model", model, "--duration", "1s", "--features", "blank"],
      ]
      let node = try RunningProgram(program, try #require(whole[program]) + [flag, value], in: place)
      #expect(try await node.end(within: 10) == 2)
      #expect(node.standardError.hasPrefix("error: \(flag) '"), "\(node.standardError)")
      #expect(node.standardError.split(separator: "\n").count == 1, "\(node.standardError)")
    }
  }
}
