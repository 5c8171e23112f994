import EdgeModel
import EdgeSimulation
import Inference
import TraceAnalysis
import TraceLog
import Units

/// A small testbed with room to spare, and planned faults: six devices in two emulators, a task each every 50 ms, answers
/// within some 150 ms; links of 100 µs.
struct FaultBench {
  static let latency = Duration.microseconds(100)
  var faults: [PlannedFault]
  var workers = 2
  var duration = Duration.seconds(6)

  init(_ faults: PlannedFault..., workers: Int = 2) {
    self.faults = faults
    self.workers = workers
  }

  var topology: Topology {
    Topology(
      name: "bench", duration: duration, cell: Cell(bandwidth: Hertz(2e7)),
      groups: [
        DeviceGroup(
          name: "hand", count: 6, requiredAccuracy: 0.9, deadline: .milliseconds(300),
          arrivals: .periodic(period: .milliseconds(50)),
          channel: ChannelModel(.snr(from: Decibels(15), to: Decibels(15)), fading: .none))
      ], emulators: 2,
      workers: (0..<workers).map {
        WorkerDescription(name: "w\($0)", engine: .replay, latencyTable: "table", maxBatch: 16)
      },
      model: "model", faults: faults)
  }

  func run() throws -> (run: Run, verdict: Verdict) {
    let answer = [ExitAnswers.Answer(predicted: 1, confidence: 0.9)]
    let model = SimulatedModel(
      featureBytes: [4000, 4000], accuracies: [0.8, 0.95],
      answers: ModelAnswers(labels: [1], answers: [answer + answer]))
    let profile = LatencyProfile(
      blocks: [0.8, 0.95].map { BlockProfile(latency: .linear(alpha: 0.0005, beta: 0.004), accuracy: $0) })
    let setup = try SimulationSetup(topology, model: model, profiles: (0..<workers).map { _ in profile })
    let (traces, effects) = try Simulation.tracesAndEffects(of: setup)
    let run = Run(setup, traces, effects: effects)
    return (run, RunAnalysis.judge(run).verdict)
  }
}

extension Run {
  /// The records of one node's life, with their instants.
  func records(of node: String, part: Int = 1) -> [(at: Instant, record: TraceRecord)] {
    traces.first { $0.node == node && $0.part == part }?.records.map { ($0.instant, $0.record) } ?? []
  }
  /// When a task was granted, and by whom it was to be answered.
  func completed(by worker: Int, from start: Instant, to end: Instant) -> Int {
    journeys.count { journey in
      guard let grant = journey.grant, journey.outcome == .completed else { return false }
      return grant.value.grant.worker.number == worker && start <= grant.instant && grant.instant < end
    }
  }
}

extension Instant {
  static func seconds(_ seconds: Double) -> Instant { Instant(seconds: seconds) }
}
