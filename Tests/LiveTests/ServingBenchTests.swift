import EdgeModel
import Foundation
import Testing

extension Live {
  /// The client of Scripts/bench/serving: every arrival ends once, with its own task's answer.
  @Suite struct ServingBenchTests {
    private static let samples = 64
    private static let featureBytes = 16_384
    private var model: String { Workplace.checkout.path + "/Topologies/Models/digits" }

    private struct Arrival { var (due, sample, exit): (Int, Int, Int) }

    /// `count` arrivals within `seconds`, in order, with any image and any exit.
    private func arrivals(_ count: Int, within seconds: Double, seed: UInt64) -> [Arrival] {
      var random = RandomStream(seed: seed, device: 0, purpose: "arrivals of the serving bench")
      let dues = (0..<count).map { _ in Int.random(in: 0..<Int(seconds * 1e9), using: &random) }.sorted()
      return dues.map {
        Arrival(
          due: $0, sample: Int.random(in: 0..<Self.samples, using: &random), exit: Int.random(in: 1...4, using: &random)
        )
      }
    }
    private func write(_ arrivals: [Arrival], _ name: String, in place: Workplace) throws -> String {
      try place.write(
        "instant_ns,sample,exit\n" + arrivals.map { "\($0.due),\($0.sample),\($0.exit)\n" }.joined(), to: name)
    }
    private func features(in place: Workplace) throws -> String {
      let path = place.path("features.f32")
      try Data(count: Self.samples * Self.featureBytes).write(to: URL(filePath: path))
      return path
    }
    private func client(
      _ place: Workplace, _ files: [String], _ arguments: [String]
    ) throws -> RunningProgram {
      try FileManager.default.createDirectory(atPath: place.path("answers"), withIntermediateDirectories: true)
      return try RunningProgram(
        "serving-bench",
        ["--features", try features(in: place), "--output", place.path("answers"), "--deadline", "10s"]
          + files.flatMap { ["--arrivals", $0] } + arguments, in: place)
    }
    private func records(_ name: String, in place: Workplace) throws -> [[String]] {
      let text = try String(contentsOfFile: place.path("answers/\(name)"), encoding: .utf8)
      return text.split(separator: "\n").dropFirst().map {
        $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      }
    }

    /// A worker that replays: its answer for an image and an exit stands in the model's held-out answers.
    private func serve(_ runs: [String: [Arrival]], _ arguments: [String], in place: Workplace) async throws {
      let endpoint = "tcp://127.0.0.1:\(try freePorts(1)[0])"
      let files = try runs.keys.sorted().map { try write(runs[$0] ?? [], $0, in: place) }
      let client = try client(place, files, ["--listen", endpoint] + arguments)
      let worker = try RunningProgram(
        "edge-worker",
        [
          "--base-station", endpoint, "--model", model, "--engine", "replay", "--latency-table",
          "\(model)/edge-gpu.json",
        ],
        in: place)
      #expect(try await client.end(within: 40) == 0, "\(client.standardError)")
      #expect(try await worker.end(within: 10) == 0, "\(worker.standardError)")
    }

    @Test(arguments: [true, false]) func aWorkerAnswersEveryTaskAtItsExit(namesExits: Bool) async throws {
      let place = try Workplace()
      let runs = ["a": arrivals(150, within: 1, seed: 1), "b": arrivals(100, within: 0.5, seed: 2)]
      try await serve(runs, namesExits ? ["--exits"] : [], in: place)
      let answers = [UInt8](try Data(contentsOf: URL(filePath: "\(model)/heldout.answers.u8")))
      for (name, arrivals) in runs {
        let records = try records(name, in: place)
        #expect(records.count == arrivals.count)
        for (record, arrival) in zip(records, arrivals) {
          #expect(record[3] == "answered", "\(record)")
          let exit = namesExits ? arrival.exit : 4
          #expect(Int(record[4]) == Int(answers[arrival.sample * 4 + exit - 1]), "\(record) \(arrival)")
          #expect((Int(record[1]) ?? -1) >= arrival.due && (Int(record[2]) ?? -1) > (Int(record[1]) ?? -1), "\(record)")
        }
      }
    }

    /// Ten times what the worker can do: it answers some, drops the others, and forgets nobody.
    @Test func anOverloadedWorkerDropsWhoWaitedTooLong() async throws {
      let place = try Workplace()
      let run = arrivals(4000, within: 0.5, seed: 3)
      try await serve(["a": run], ["--timeout", "60ms"], in: place)
      let outcomes = try records("a", in: place).map { $0[3] }
      #expect(outcomes.count == run.count)
      #expect(outcomes.allSatisfy { ["answered", "rejected"].contains($0) })
      #expect(outcomes.contains("answered") && outcomes.contains("rejected"))
    }

    /// A server that answers the exit it read behind the feature, refuses every seventh request, and hangs up on every
    /// eleventh.
    private static let server = """
      import http.server, struct, sys
      class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        count = 0
        def log_message(self, *_): pass
        def do_POST(self):
          body = self.rfile.read(int(self.headers["Content-Length"]))
          Handler.count += 1
          number = Handler.count
          if number % 11 == 0:
            self.close_connection = True
            return
          answer = b"x" * (number % 3) + struct.pack("<ii", int(struct.unpack("<f", body[-4:])[0]), len(body))
          self.send_response(429 if number % 7 == 0 else 200)
          self.send_header("Content-Length", str(len(answer)))
          self.end_headers()
          self.wfile.write(answer)
      http.server.HTTPServer.request_queue_size = 64
      http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
      """

    @Test func anHTTPServersAnswersRefusalsAndBreaksAreToldApart() async throws {
      let place = try Workplace()
      let port = try freePorts(1)[0]
      let server = try RunningProgram(
        URL(filePath: "/usr/bin/env"), ["python3", try place.write(Self.server, to: "server.py"), "\(port)"], in: place)
      defer { server.process.terminate() }
      try #require(
        try await eventually(within: 20) {
          let table = (try? String(contentsOfFile: "/proc/net/tcp", encoding: .utf8)) ?? ""
          return table.contains(":\(String(port, radix: 16, uppercase: true).leftPadded(to: 4)) 00000000:0000 0A")
        }, "\(server.standardError)")
      let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(Self.featureBytes + 4)\r\n\r\n"
      let run = arrivals(308, within: 1, seed: 4)
      let client = try client(
        place, [try write(run, "a", in: place)],
        ["--http", "127.0.0.1:\(port)", "--head", try place.write(head, to: "head"), "--connections", "8"])
      #expect(try await client.end(within: 30) == 0, "\(client.standardError)")
      let records = try records("a", in: place)
      #expect(records.count == run.count)
      let counts = Dictionary(grouping: records) { $0[3] }.mapValues(\.count)
      #expect(counts["lost"] == 308 / 11)
      #expect(counts["rejected"] == 308 / 7 - 308 / 77)
      #expect(counts["answered"] == 308 - 308 / 11 - 308 / 7 + 308 / 77)
      for (record, arrival) in zip(records, run) where record[3] == "answered" {
        #expect(
          Int(record[4]) == arrival.exit && record[5] == "\(Self.featureBytes + 4)" && record[6] == "200", "\(record)")
      }
    }

    @Test func aServerThatIsNotThereIsOneLine() async throws {
      let place = try Workplace()
      let file = try write(arrivals(1, within: 1, seed: 5), "a", in: place)
      let client = try client(
        place, [file], ["--http", "127.0.0.1:\(try freePorts(1)[0])", "--head", try place.write("x", to: "head")])
      #expect(try await client.end(within: 10) == 2)
      #expect(client.standardError.hasPrefix("error: cannot connect"), "\(client.standardError)")
      #expect(client.standardError.split(separator: "\n").count == 1)
    }
  }
}

extension String {
  fileprivate func leftPadded(to count: Int) -> String {
    String(repeating: "0", count: max(0, count - self.count)) + self
  }
}
