import EdgeModel
import Foundation
import Testing
import Wire
import ZeroMQ

extension Live {
  /// Nodes that do not belong to the run they ask to join, before it begins.
  @Suite struct StrangeNodeTests {
    private static let group =
      "name=a,first=0,count=2,accuracy=0.75,deadline=350ms,arrivals=poisson:8/s,channel=snr:15dB:15dB,fading=none,"
      + "transmit=0.1W,compute=1W,exit=assigned"
    private var model: String { Workplace.checkout.path + "/Topologies/Models/digits" }

    /// A base station on free ports, and where it listens for devices and for workers.
    private func station(_ place: Workplace) async throws -> (node: RunningProgram, devices: String, workers: String) {
      let anywhere = "tcp://127.0.0.1:*"
      let node = try RunningProgram(
        "base-station",
        [
          "--group", Self.group, "--bandwidth", "3MHz", "--duration", "1s", "--devices-endpoint", anywhere,
          "--workers-endpoint", anywhere, "--clock-endpoint", anywhere, "--topology-sha256", "bb", "--patience", "30s",
        ], in: place)
      try #require(try await eventually(within: 10) { node.standardError.contains("listening:") })
      let words = node.standardError.split { $0 == " " || $0 == "," || $0 == "\n" }.map(String.init)
      let endpoints = words.filter { $0.hasPrefix("tcp://") }
      return (node, endpoints[0], endpoints[1])
    }
    private func emulator(
      _ place: Workplace, _ name: String, topology: String, features: String = "blank", at endpoint: String
    ) throws -> RunningProgram {
      try RunningProgram(
        "device-emulator",
        [
          "--name", name, "--base-station", endpoint, "--model", model, "--group", Self.group, "--duration", "1s",
          "--topology-sha256", topology, "--features", features,
        ], in: place)
    }
    private func worker(_ place: Workplace, at endpoint: String) throws -> RunningProgram {
      try RunningProgram(
        "edge-worker",
        [
          "--base-station", endpoint, "--model", model, "--engine", "replay", "--latency-table",
          "\(model)/edge-gpu.json",
        ], in: place)
    }

    @Test func aNodeOfAnotherTopologyTakesNobodysPlace() async throws {
      let place = try Workplace()
      let (node, devices, workers) = try await station(place)
      let wrong = try emulator(place, "wrong", topology: "aa", at: devices)
      #expect(try await wrong.end(within: 10) == 2)
      #expect(wrong.standardError.contains("another topology"), "\(wrong.standardError)")
      #expect(node.standardError.contains("turned away, wrong"), "\(node.standardError)")
      let nodes = [try emulator(place, "right", topology: "bb", at: devices), try worker(place, at: workers), node]
      for node in nodes { #expect(try await node.end(within: 20) == 0, "\(node.standardError)") }
    }

    /// Who starts a node by hand and gets it wrong starts it again, and not the whole testbed.
    @Test func aNodeThatIsStartedAgainTakesItsOwnPlace() async throws {
      let place = try Workplace()
      let (node, devices, workers) = try await station(place)
      let first = try emulator(place, "phones", topology: "bb", at: devices)
      #expect(try await eventually(within: 10) { node.standardError.contains("phones to be ready") })
      kill(first.process.processIdentifier, SIGKILL)
      #expect(try await first.end(within: 10) != nil)
      let nodes = [try emulator(place, "phones", topology: "bb", at: devices), try worker(place, at: workers), node]
      for node in nodes { #expect(try await node.end(within: 20) == 0, "\(node.standardError)") }
    }

    /// Also while its stem is still being loaded on another thread, which was a crash in one of twenty.
    @Test func aNodeThatIsTurnedAwayAtOnceEndsWithItsOneLine() async throws {
      let place = try Workplace()
      let (node, devices, _) = try await station(place)
      for _ in 0..<40 {
        let wrong = try emulator(place, "wrong", topology: "aa", features: "stem", at: devices)
        #expect(try await wrong.end(within: 10) == 2)
        #expect(wrong.standardError.split(separator: "\n").count == 1, "\(wrong.standardError)")
      }
      kill(node.process.processIdentifier, SIGTERM)
      #expect(try await node.end(within: 10) == 2)
    }

    @Test func aMessageOfAnotherReleaseIsNamed() async throws {
      let place = try Workplace()
      let (node, devices, _) = try await station(place)
      let context = try Context()
      var options = SocketOptions()
      options.routingID = Array("old".utf8)
      options.linger = .seconds(1)
      let dealer = try Socket(context, .dealer, options)
      try dealer.connect(devices)
      var poll = PollSet()
      poll.setWantsWrite(true, at: poll.add(dealer))
      try poll.wait()
      var bytes = EmulatorToStation.beat.encoded
      bytes[4] = 9
      #expect(try dealer.send([Part(copying: bytes)]) == .sent)
      #expect(try await eventually(within: 10) { node.standardError.contains("turned away, old: wire version 9") })
      kill(node.process.processIdentifier, SIGTERM)
      #expect(try await node.end(within: 10) == 2)
      #expect(node.standardError.split(separator: "\n").last?.hasPrefix("error: ") == true)
      _ = consume dealer
      context.terminate()
    }
  }
}
