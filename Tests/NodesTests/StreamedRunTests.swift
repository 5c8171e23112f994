import EdgeModel
import EdgeSimulation
import Inference
import Nodes
import Testing
import TraceAnalysis
import TraceLog
import Units

/// A run that is judged while it happens is judged as its traces are, and costs what is alive.
struct StreamedRunTests {
  /// Where a simulation's records go: into a stream, after a change, and to whoever looks on.
  private final class Listener {
    var stream: RunStream
    var traces: [SimulatedTrace]
    var most = 0
    let change: (TraceRecord) -> TraceRecord?

    init(_ setup: SimulationSetup, _ description: RunDescription, _ change: @escaping (TraceRecord) -> TraceRecord?) {
      stream = RunStream(description)
      traces = setup.nodes.map { SimulatedTrace(node: $0, entries: []) }
      self.change = change
    }
    func take(_ node: Int, _ instant: Instant, _ record: TraceRecord) {
      traces[node].entries.append(SimulatedTrace.Entry(instant: instant, record: record))
      guard let changed = change(record) else { return }
      stream.take(changed, from: node, at: instant)
      most = max(most, stream.alive)
    }
  }

  private func simulate(
    _ setup: SimulationSetup, change: @escaping (TraceRecord) -> TraceRecord? = { $0 }
  ) throws -> Listener {
    let description = Run(setup, setup.nodes.map { SimulatedTrace(node: $0, entries: []) }).description
    let listener = Listener(setup, description, change)
    var simulation = try Simulation(setup) { listener.take($0, $1, $2) }
    _ = simulation.run()
    return listener
  }

  @Test(arguments: 0..<120)
  func streamedIsAsLoaded(seed: Int) throws {
    var testbed = RandomTestbed(seed: seed)
    let setup = try testbed.setup()
    let listener = try simulate(setup)
    let loaded = RunAnalysis.judge(Run(setup, listener.traces))
    let streamed = listener.stream.finish()
    #expect(streamed.summary == loaded.summary)
    #expect(streamed.verdict == loaded.verdict)
    #expect(streamed.verdict.reasons == [])
  }

  /// What breaks a loaded run breaks a streamed one, with the same words.
  @Test(arguments: 0..<FormingAuditTests.breakages.count, [0, 200, 400])
  func whatIsBrokenIsSeen(index: Int, seed: Int) throws {
    let breakage = FormingAuditTests.breakages[index]
    let setup = try FormingAuditTests().traces(from: seed).0
    let verdict = try simulate(setup, change: breakage.change).stream.finish().verdict
    #expect(verdict.reasons.contains { $0.contains(breakage.says) }, "\(verdict.reasons)")
  }

  /// Twelve times as long a run has no more alive at any time than half as much again.
  @Test(arguments: ["exit-aware-shelf-packing", "dynamic-batching", "conventional"])
  func memoryDoesNotGrowWithTheRun(policy: String) throws {
    let short = try simulate(Self.cell(policy: policy, duration: .seconds(10)))
    let long = try simulate(Self.cell(policy: policy, duration: .seconds(120)))
    #expect(long.traces[0].entries.count > 8 * short.traces[0].entries.count)
    #expect(Double(long.most) < 1.5 * Double(short.most), "\(long.most) after \(short.most)")
  }

  /// A count, not a time: what a task costs in simulation. A feature is one chunk; sent chunk by chunk as live it costs
  /// three times as much, and the task still ends at the same instant.
  @Test func eventsPerTask() throws {
    var setup = try Self.cell(policy: "exit-aware-shelf-packing", duration: .seconds(20))
    let (whole, wholeEnds) = try eventsAndEnds(setup)
    #expect(whole < 12)
    setup.uploadQuantum = UploadPacer.quantum(devices: setup.topology.deviceCount)
    let (chunked, chunkedEnds) = try eventsAndEnds(setup)
    #expect(chunked > 3 * whole)
    #expect(wholeEnds == chunkedEnds)
  }

  private struct End: Hashable {
    var instant: Instant
    var task: TaskID
    var outcome: Outcome
  }
  private func eventsAndEnds(_ setup: SimulationSetup) throws -> (eventsPerTask: Double, ends: [End]) {
    var ends: [End] = []
    var simulation = try Simulation(setup) { _, instant, record in
      if case .taskEnded(let task, let ending) = record {
        ends.append(End(instant: instant, task: task, outcome: ending.outcome))
      }
    }
    let events = simulation.run()
    #expect(ends.count > 1000)
    return (Double(events) / Double(ends.count), ends.sorted { $0.task < $1.task })
  }

  /// Sixteen devices near a cell's capacity, as in Topologies/quickstart.yaml.
  static func cell(policy: String, duration: Duration) throws -> SimulationSetup {
    let labels = (0..<50).map { UInt8($0 % 10) }
    let answers = labels.enumerated().map { sample, label in
      (1...4).map { exit in
        ExitAnswers.Answer(predicted: (sample + exit) % 7 == 0 ? 10 : Int(label), confidence: 0.9)
      }
    }
    let model = SimulatedModel(
      featureBytes: [16_384, 8192, 4096, 2048], accuracies: [0.78, 0.92, 0.95, 0.97],
      answers: ModelAnswers(labels: labels, answers: answers))
    let profile = LatencyProfile(
      blocks: (0..<4).map { _ in BlockProfile(latency: .linear(alpha: 0.0003, beta: 0.003)) })
    func group(_ name: String, _ first: Int, _ count: Int, _ accuracy: Double, _ deadline: Int) -> DeviceGroup {
      DeviceGroup(
        name: name, firstDevice: DeviceID(first), count: count, requiredAccuracy: accuracy,
        deadline: .milliseconds(deadline), arrivals: .poisson(rate: 8),
        channel: ChannelModel(.snr(from: Decibels(10), to: Decibels(18)), fading: .rayleigh))
    }
    let topology = Topology(
      name: "cell", seed: 1, duration: duration, cell: Cell(bandwidth: .megahertz(3)),
      timing: FrameTiming(
        length: .milliseconds(100), lead: .milliseconds(20), guardTime: .milliseconds(5),
        resultMargin: .milliseconds(5)),
      groups: [
        group("sensors", 0, 6, 0.75, 250), group("cameras", 6, 6, 0.92, 300), group("robots", 12, 4, 0.97, 400),
      ],
      emulators: 1, workers: [WorkerDescription(name: "w0", engine: .replay, latencyTable: "table", maxBatch: 16)],
      model: "model", policy: PolicyChoice(name: policy), limits: ValidityLimits.standard)
    return try SimulationSetup(topology, model: model, profiles: [profile])
  }
}
