import EdgeModel
import EdgeSimulation
import Glibc
import Inference
import Testing
import TraceAnalysis
import TraceLog
import Units

/// One task of one device, worked out by hand.
struct LoneDeviceTests {
  /// A task at 130 ms; a feature of 40,000 bytes on 2 MHz at an SNR of 3 (2 bit/s/Hz: 4 Mbit/s, 80 ms); two blocks of 7
  /// and 11 ms; links of 0.2, 0.3 and 0.4 ms; a stem of 1 ms; a policy that takes 2 ms.
  private func setup() throws -> SimulationSetup {
    let snr = Decibels(10 * log10(3))
    let group = DeviceGroup(
      name: "lone", count: 1, requiredAccuracy: 0.9, deadline: .milliseconds(400), arrivals: .replay(file: "arrivals"),
      channel: ChannelModel(.snr(from: snr, to: snr), fading: .none))
    let topology = Topology(
      name: "lone", duration: .seconds(1), cell: Cell(bandwidth: Hertz(2e6)), groups: [group],
      workers: [WorkerDescription(name: "w0", engine: .replay, latencyTable: "table")], model: "model")
    let answers = [[0.6, 0.9].map { ExitAnswers.Answer(predicted: 7, confidence: $0) }]
    let model = SimulatedModel(
      featureBytes: [40_000, 4_000], accuracies: [0.8, 0.95], answers: ModelAnswers(labels: [7], answers: answers))
    let profile = LatencyProfile(blocks: [0.007, 0.011].map { BlockProfile(latency: .linear(alpha: 0, beta: $0)) })
    var setup = try SimulationSetup(topology, model: model, profiles: [profile])
    setup.topology.simulation = SimulationChoice(
      links: SimulatedLinks(
        deviceStation: SimulatedLink(latency: .microseconds(200)),
        stationWorker: SimulatedLink(latency: .microseconds(300)),
        deviceWorker: SimulatedLink(latency: .microseconds(400))),
      solveTime: SolveTime(base: .milliseconds(2)), stem: .milliseconds(1))
    setup.arrivals = [0: [.milliseconds(130)]]
    return setup
  }

  /// Planned instants pass through seconds as `Double`, which may cost a nanosecond.
  private func isNear(_ instant: Instant?, _ milliseconds: Double) -> Bool {
    guard let instant else { return false }
    return abs(Double(instant.nanoseconds) - milliseconds * 1e6) <= 1
  }

  @Test func everyInstantIsAsWorkedOut() throws {
    let setup = try setup()
    let run = Run(setup, try Simulation.traces(of: setup))
    #expect(RunAnalysis.judge(run).verdict.reasons == [])
    #expect(run.journeys.count == 1 && run.batches.count == 1)
    let (journey, batch) = (run.journeys[0], run.batches[0])
    #expect(isNear(journey.offer?.instant, 131))
    // Frame 2's lead comes at 180 ms.
    #expect(isNear(journey.grant?.instant, 182))
    #expect(isNear(journey.uploadStart?.instant, 200))
    #expect(isNear(journey.upload?.instant, 280))
    #expect(isNear(journey.receipt?.instant, 280.4))
    #expect(isNear(batch.start?.instant, 285))
    #expect(batch.blocks.map { $0.value.end - $0.value.start } == [.milliseconds(7), .milliseconds(11)])
    #expect(isNear(journey.exit?.instant, 303))
    #expect(isNear(journey.ending?.instant, 303.4))
    #expect(journey.outcome == .completed && journey.answer?.exit == 2 && journey.answer?.predicted == 7)
    #expect(isNear(journey.latency.map { .start + $0 }, 173.4))
  }

  /// The same with links of 1 Gbit/s between device and worker and 1 Mbit/s to the base station: 8 and 8000 ns
  /// a byte, on top of all that is worked out above.
  @Test func everyInstantIsAsWorkedOutOnSlowLinks() throws {
    var setup = try setup()
    setup.topology.simulation.links.deviceStation.rate = BitRate(1e6)
    setup.topology.simulation.links.stationWorker.rate = BitRate(1e6)
    setup.topology.simulation.links.deviceWorker.rate = BitRate(1e9)
    let traces = try Simulation.traces(of: setup)
    let run = Run(setup, traces)
    #expect(RunAnalysis.judge(run).verdict.reasons == [])
    let (journey, batch) = (run.journeys[0], run.batches[0])
    func instant(_ event: String) -> Instant? {
      traces.flatMap(\.entries).first { "\($0.record)".hasPrefix(event) }?.instant
    }
    // A grant of 68 bytes after the policy's answer at 182 ms, and 0.2 ms on the way.
    #expect(isNear(instant("grantReceived"), 182 + 0.2 + 68 * 0.008))
    // The plan has 80 bytes, and is there long before it starts.
    #expect(isNear(instant("planReceived"), 182 + 0.3 + 84 * 0.008))
    // The chunk before is gone by then: the last one takes its own bytes alone.
    let last = try #require(journey.upload?.value)
    let lastBytes = (last.bytes - 1) % last.chunkBytes + 1
    #expect(isNear(journey.upload?.instant, 280))
    #expect(isNear(journey.receipt?.instant, 280 + 0.4 + Double(lastBytes + 36) * 0.000008))
    #expect(isNear(batch.start?.instant, 285))
    #expect(isNear(journey.exit?.instant, 303))
    // The answer has 40 bytes.
    #expect(isNear(journey.ending?.instant, 303 + 0.4 + 40 * 0.000008))
    // The report has 56.
    #expect(isNear(instant("batchReported"), 303 + 0.3 + 56 * 0.008))
  }

  /// A dispatch delays the batch's blocks and all behind them, and the instance is taken meanwhile.
  @Test func dispatchDelaysTheBlocks() throws {
    var setup = try setup()
    setup.topology.simulation.dispatch = .microseconds(150)
    let run = Run(setup, try Simulation.traces(of: setup))
    #expect(RunAnalysis.judge(run).verdict.reasons == [])
    let (journey, batch) = (run.journeys[0], run.batches[0])
    #expect(isNear(batch.start?.instant, 285))
    #expect(isNear(batch.blocks.first?.value.start, 285.15))
    #expect(isNear(journey.exit?.instant, 303.15))
    #expect(isNear(journey.ending?.instant, 303.55))
    #expect(isNear(batch.end?.instant, 303.15))
  }

  /// What each node's trace holds, in order.
  @Test func everyNodeTellsItsPart() throws {
    let traces = try Simulation.traces(of: setup())
    func kinds(_ node: String) -> [String] {
      let entries = traces.first { $0.node.name == node }?.entries ?? []
      return entries.map { String("\($0.record)".prefix { $0 != "(" }) }
    }
    let (opening, closing) = (["traceOpened", "runStarted"], ["loopStatistics", "traceClosed"])
    #expect(
      kinds("devices-0") == opening + ["taskOffered", "grantReceived", "uploadStarted", "uploadEnded", "taskEnded"]
        + closing)
    #expect(
      kinds("w0") == opening
        + [
          "workerReady", "planReceived", "featureReceived", "batchStarted", "blockRan", "blockRan", "taskExited",
          "batchEnded",
        ] + closing)
    // Frames go on until the last device is done, at 303.4 ms.
    #expect(
      kinds("base-station") == opening
        + [
          "frameStarted", "frameAllocated", "frameStarted", "batchPlanned", "taskGranted", "frameAllocated",
          "frameStarted", "frameAllocated", "frameStarted", "batchReported",
        ] + closing)
    for trace in traces {
      #expect(trace.entries.last?.record == .traceClosed(records: trace.entries.count - 1))
      for (one, next) in zip(trace.entries, trace.entries.dropFirst()) { #expect(one.instant <= next.instant) }
    }
  }

  /// Counts are the same on every machine; a change that makes the simulation do more shows here.
  @Test func eventsPerTask() throws {
    var setup = try setup()
    setup.topology.groups[0].count = 16
    setup.topology.groups[0].arrivals = .poisson(rate: 8)
    setup.topology.cell.bandwidth = Hertz(20e6)
    setup.topology.duration = .seconds(5)
    var tasks = 0
    var simulation = try Simulation(setup) { _, _, record in
      if case .taskOffered = record { tasks += 1 }
    }
    let events = simulation.run()
    #expect(tasks > 500)
    // 44.1, most of them chunks that leave and arrive.
    #expect(Double(events) / Double(tasks) < 45, "\(events) events, \(tasks) tasks")
  }
}
