import Foundation
import PlainJSON
import Testing
import ZeroMQ

extension Live {
  /// The policy `external`, live: a scheduler that is good, late, hung, wrong, not there, and there again.
  @Suite struct ExternalSchedulerTests {
    /// A lead so long that a busy machine does not make a good scheduler late.
    private static let lead = 150

    private func topology(_ place: Workplace, _ endpoint: String, duration: String = "3 s") throws -> String {
      try place.topology(duration: duration) { text in
        text.replacingOccurrences(of: "350 ms", with: "900 ms").replacingOccurrences(of: "400 ms", with: "900 ms") + """

          frame: {length: 200 ms, lead: \(Self.lead) ms}
          policy: {name: external, endpoint: "\(endpoint)", fallback: equal-share}
          """
      }
    }

    /// A run to its end, whatever its scheduler does: in order, nothing lost, no invariant broken.
    private func finishedRun(
      _ place: Workplace, _ topology: String, meanwhile: (String) async throws -> Void = { _ in }
    ) async throws -> FinishedRun {
      let out = place.path("run")
      let run = try RunningProgram("offramp", ["run", topology, "--output", out], in: place)
      try await meanwhile(out)
      let status = try #require(try await run.end(within: 60), "\(run.standardError)")
      #expect(status == 0 || status == 3, "\(run.standardError)")
      #expect(nodeProcesses(mentioning: out).isEmpty)
      let finished = FinishedRun(out)
      try finished.expectConservation(least: 50)
      try finished.expectNoViolation()
      return finished
    }

    private func granted(_ frames: [[String: String]]) -> Int {
      frames.reduce(0) { $0 + (Int($1["granted"] ?? "") ?? 0) }
    }
    private func isFallback(_ frame: [String: String]) -> Bool { frame["fallback"] == "true" }
    private func complaints(_ run: FinishedRun) throws -> [String] {
      try run.records("messageRejected", of: "base-station").filter { $0["from"]?.string == "external" }
        .map { $0["reason"]?.string ?? "" }
    }
    /// Every frame fell back, and is counted, and told in a line of its own. (The run may end before the last are told.)
    private func expectFallbacks(_ run: FinishedRun, saying words: [String]) throws {
      let frames = try run.table("frames")
      #expect(frames.count > 10 && frames.allSatisfy(isFallback))
      #expect(granted(frames) > 0)
      let complaints = try complaints(run)
      #expect(complaints.count <= frames.count && complaints.count >= frames.count - 2, "\(complaints)")
      for complaint in complaints {
        #expect(words.contains { complaint.contains($0) }, "\(complaint)")
        #expect(!complaint.contains { $0.isNewline } && complaint.count < 400)
      }
      #expect(Set(complaints.compactMap(frameNumber)).count == complaints.count)
      let verdict = try run.json("verdict.json")
      #expect(verdict["valid"]?.bool == false)
      #expect(verdict["reasons"]?.array?.contains { $0.string?.contains("fallback") == true } == true)
    }
    private func frameNumber(_ complaint: String) -> Int? {
      complaint.firstMatch(of: #/frame (\d+)/#).flatMap { Int($0.1) }
    }

    private func expectGood(_ run: FinishedRun) throws {
      let frames = try run.table("frames")
      let late = frames.filter(isFallback)
      #expect(frames.count > 10 && frames.allSatisfy { $0["policy"] == "external" || isFallback($0) })
      #expect(granted(frames) > 30)
      // A machine that stands still for half a lead makes the best of schedulers late, and that is all that it does.
      #expect(late.count <= frames.count / 4)
      let complaints = try complaints(run)
      #expect(complaints.count <= late.count && complaints.allSatisfy(isOfLateness), "\(complaints)")
    }
    private func isOfLateness(_ complaint: String) -> Bool {
      ["came too late", "no answer within", "before the next frame"].contains { complaint.contains($0) }
    }

    @Test func aGoodSchedulerDecidesEveryFrame() async throws {
      let place = try Workplace()
      let scheduler = try SchedulerStandIn { request, _ in SchedulerStandIn.goodAnswer(to: request) }
      let endpoint = try #require(try await scheduler.endpoint())
      try expectGood(try await finishedRun(place, try topology(place, endpoint)))
    }

    /// Its answers come behind the fallback's instant, half a lead before the edge.
    @Test func aLateSchedulerFallsBack() async throws {
      let place = try Workplace()
      let scheduler = try SchedulerStandIn { request, _ in
        usleep(UInt32(Self.lead * 750))
        return SchedulerStandIn.goodAnswer(to: request)
      }
      let endpoint = try #require(try await scheduler.endpoint())
      try expectFallbacks(
        try await finishedRun(place, try topology(place, endpoint)), saying: ["came too late", "no answer within"])
    }

    @Test func aHungSchedulerStopsNobody() async throws {
      let place = try Workplace()
      let scheduler = try SchedulerStandIn { request, number in
        number < 4 ? SchedulerStandIn.goodAnswer(to: request) : nil
      }
      let endpoint = try #require(try await scheduler.endpoint())
      let run = try await finishedRun(place, try topology(place, endpoint))
      let frames = try run.table("frames")
      #expect(frames.count > 10 && (1...4).contains(frames.count { !isFallback($0) }))
      #expect(frames.suffix(6).allSatisfy(isFallback))
      let complaints = try complaints(run)
      #expect(complaints.contains { $0.contains("no answer within 150 ms") } && complaints.allSatisfy(isOfLateness))
    }

    @Test func malformedAnswersAreOneLineEach() async throws {
      let place = try Workplace()
      let scheduler = try SchedulerStandIn { request, number in Self.nonsense[number % Self.nonsense.count] }
      let endpoint = try #require(try await scheduler.endpoint())
      let run = try await finishedRun(place, try topology(place, endpoint))
      try expectFallbacks(
        run, saying: [": its answer: ", "no answer", "a message of 2 parts", "nobody takes requests"])
      let all = try complaints(run).joined(separator: "\n")
      for place in ["grants[0].id", "line 1, column 1", "out of ideas", "batches"] { #expect(all.contains(place)) }
    }
    private static let nonsense: [Message] = [
      message(""), message("Traceback (most recent call last):\n  File \"s.py\"\n"), message("[]"), message("{}"),
      message(#"{"error": "out of ideas\nand more"}"#), message(#"{"grants": [{"id": 100000}]}"#),
      message(#"{"grants": [], "batches": 3}"#), message(#"{"grants": [], "batches": [{"scheduled": [-1]}]}"#),
      message(#"{"grants": NaN}"#), message(#"{"grants": [{"id": 0, "bandwidth_hz": 1e999}]}"#),
      message(String(repeating: "[", count: 10_000)), [Part(copying: (0...255).map { UInt8($0) })],
      [Part(copying: [1]), Part(copying: [2])], message(String(repeating: " ", count: 9 << 20)),
    ]
    private static func message(_ text: String) -> Message { [Part(copying: Array(text.utf8))] }

    /// Nobody is there at first; whoever comes later is asked from then on.
    @Test func aSchedulerThatIsNotThereMayStillCome() async throws {
      let place = try Workplace()
      let first = try SchedulerStandIn { _, _ in nil }
      let endpoint = try #require(try await first.endpoint())
      first.end()
      var second: SchedulerStandIn?
      let run = try await finishedRun(place, try topology(place, endpoint, duration: "6 s")) { out in
        let hasWaited = try await eventually(within: 40) {
          ((try? FinishedRun(out).records("frameAllocated", of: "base-station").count) ?? 0) >= 5
        }
        try #require(hasWaited)
        second = try SchedulerStandIn(at: endpoint) { request, _ in SchedulerStandIn.goodAnswer(to: request) }
      }
      let frames = try run.table("frames")
      #expect(frames.prefix(5).allSatisfy(isFallback))
      let decided = frames.filter { !isFallback($0) }
      #expect(decided.count > 5 && granted(decided) > 0)
      // "Within 150 ms", or "before the next frame" where a busy machine asked late.
      #expect(try complaints(run).first?.contains("nobody takes requests") == true)
      second?.end()
    }

    /// What ships as an example. Scripts/examples/check puts pyzmq into .venv; a test installs nothing.
    @Test(.enabled(if: python != nil, "no .venv with pyzmq; Scripts/examples/check makes one"))
    func thePythonExampleDecidesEveryFrame() async throws {
      let place = try Workplace()
      let anywhere = try SchedulerStandIn { _, _ in nil }
      let endpoint = try #require(try await anywhere.endpoint())
      anywhere.end()
      let scheduler = Process()
      scheduler.executableURL = Self.python
      scheduler.arguments = [Workplace.checkout.appending(path: "Scripts/examples/scheduler.py").path, endpoint]
      try scheduler.run()
      defer { kill(scheduler.processIdentifier, SIGKILL) }
      let run = try await finishedRun(place, try topology(place, endpoint))
      #expect(scheduler.isRunning)
      try expectGood(run)
    }
    private static let python: URL? = {
      let environment = Workplace.checkout.appending(path: ".venv")
      let libraries = environment.appending(path: "lib")
      let versions = (try? FileManager.default.contentsOfDirectory(atPath: libraries.path)) ?? []
      let hasZeroMQ = versions.contains { version in
        FileManager.default.fileExists(atPath: libraries.appending(path: "\(version)/site-packages/zmq").path)
      }
      return hasZeroMQ ? environment.appending(path: "bin/python") : nil
    }()

    // MARK: Without a run

    private static let instance = """
      {"format": 1, "bandwidth_hz": 2e7, "worker_free_s": 0, "blocks": [{"alpha_s": 0.0005, "beta_s": 0.002}],
       "tasks": [{"id": 5, "feature_bits": 250000, "spectral_efficiency": 3.2, "deadline_s": 0.08, "exit": 1},
                 {"id": 7, "feature_bits": 900000000, "spectral_efficiency": 3.2, "deadline_s": 0.08, "exit": 1}]}
      """

    private func allocate(_ place: Workplace, _ arguments: [String]) async throws -> RunningProgram {
      let file = try place.write(Self.instance, to: "instance.json")
      let command = try RunningProgram("offramp", ["allocate", file, "--json"] + arguments, in: place)
      #expect(try await command.end(within: 20) != nil)
      return command
    }

    /// A user's scheduler can be tried on one frame; the ids are the file's own again.
    @Test func allocateAsksTheSameScheduler() async throws {
      let place = try Workplace()
      let scheduler = try SchedulerStandIn { request, _ in SchedulerStandIn.goodAnswer(to: request) }
      let endpoint = try #require(try await scheduler.endpoint())
      let asked = try await allocate(place, ["--policy", "external", "--endpoint", endpoint])
      #expect(asked.process.terminationStatus == 0, "\(asked.standardError)")
      let (answer, ours) = (try JSON(asked.standardOutput), try JSON(try await allocate(place, []).standardOutput))
      #expect(answer["policy"] == "external" && answer["scheduled"] == [5])
      for field in ["scheduled", "grants", "refusals", "entering", "batch_start_s"] {
        #expect(answer[field] == ours[field], "\(field)")
      }
    }

    @Test func whatAllocateCannotUseIsOneLine() async throws {
      let place = try Workplace()
      let greedy =
        #"{"grants": [{"id": 0, "bandwidth_hz": 4e7, "upload_end_s": 0.01, "exit": 1}], "batch_start_s": 0.01}"#
      let scheduler = try SchedulerStandIn { _, number in
        number == 0 ? Self.message(greedy) : Self.message(#"{"error": "out of ideas"}"#)
      }
      let endpoint = try #require(try await scheduler.endpoint())
      let cases: [(arguments: [String], words: [String])] = [
        (["--policy", "external", "--endpoint", endpoint], ["bandwidth is exceeded", endpoint]),
        (["--policy", "external", "--endpoint", endpoint], ["out of ideas", endpoint]),
        (["--policy", "external"], ["needs an endpoint", "--endpoint"]),
        (["--policy", "equal-share", "--endpoint", endpoint], ["has no endpoint", "--endpoint"]),
        (["--policy", "external", "--endpoint", "there"], ["there", "not an endpoint"]),
        (["--policy", "external", "--endpoint", "tcp://127.0.0.1:1"], ["nobody takes requests", "tcp://127.0.0.1:1"]),
      ]
      for (arguments, words) in cases {
        let command = try await allocate(place, arguments)
        #expect(command.process.terminationStatus == 1)
        let lines = command.standardError.split(separator: "\n")
        #expect(lines.count == 1 && lines[0].hasPrefix("error: "), "\(command.standardError)")
        for word in words { #expect(command.standardError.contains(word), "\(command.standardError)") }
      }
    }

    @Test func aPolicyAndItsEndpointGoTogether() async throws {
      let place = try Workplace()
      let cases: [(program: String, arguments: [String], words: [String])] = [
        ("offramp", ["run", try place.topology(), "--policy", "external"], ["has no endpoint", "live.yaml"]),
        ("base-station", ["--policy", "external"], ["--scheduler"]),
        ("base-station", ["--scheduler", "tcp://127.0.0.1:1"], ["--policy external"]),
        ("base-station", ["--fallback", "external"], ["external is a process of its own"]),
      ]
      let group = [
        "--bandwidth", "3MHz", "--duration", "1s", "--group",
        "name=a,first=0,count=1,accuracy=0.75,deadline=350ms,arrivals=poisson:8/s,channel=snr:15dB:15dB,fading=none,"
          + "transmit=0.1W,compute=1W,exit=assigned",
      ]
      for (program, arguments, words) in cases {
        let command = try RunningProgram(program, arguments + (program == "base-station" ? group : []), in: place)
        #expect(try await command.end(within: 10) == (program == "base-station" ? 2 : 1))
        #expect(command.standardError.split(separator: "\n").count == 1, "\(command.standardError)")
        for word in words { #expect(command.standardError.contains(word), "\(command.standardError)") }
      }
    }
  }
}
