import EdgeModel
import Inference
import Nodes
import Testing
import TraceLog
import Units

@testable import EdgeSimulation

/// One real `EdgeWorker` with a real simulated engine under Poisson arrivals: no frames, no uplink, one rule announced
/// ahead for all. Features come whole, at their arrival's instant.
struct WorkerBench {
  /// In the order of arrivals.
  private(set) var responses: [Int64] = []
  /// Start and size of each batch.
  private(set) var batches: [(start: Int64, size: Int)] = []

  /// One block of αb + τ with α and τ in seconds; `count` features of the stream of arrivals that `process` is.
  init(alpha: Double, tau: Double, largest: Int, arrivals process: ArrivalProcess, count: Int) throws {
    let answers = ModelAnswers(labels: [0], answers: [[ExitAnswers.Answer(predicted: 0, confidence: 1)]])
    let model = SimulatedModel(featureBytes: [Self.bytes], accuracies: [1], answers: answers)
    let engine = try SimulatedEngine(
      model: model,
      profiles: [LatencyProfile(blocks: [BlockProfile(latency: .linear(alpha: alpha, beta: tau))])],
      largestBatch: largest)
    let capability = WorkerCapability(
      worker: 0, name: "w0", engine: "simulated", isPaced: true, instances: 1, maxBatch: largest, accuracies: [1])
    var worker = EdgeWorker(WorkerConfiguration(capability: capability, featureBytes: [[Self.bytes]]))
    var process = process
    var arrived: [Int64] = []
    var events: [(event: BatchEvent, at: Instant)] = []
    var heard = 0
    var effects = Effects<EdgeWorker>()
    responses = Array(repeating: -1, count: count)

    func hear(_ message: EdgeWorker.Inbound, at now: Instant) {
      effects.removeAll()
      worker.handle(.received(message), at: now, &effects)
      #expect(effects.timers.isEmpty)
      for record in effects.records {
        if case .batchStarted(_, _, _, _, let size, _) = record { batches.append((now.nanoseconds, size)) }
        if case .messageRejected(_, let reason) = record { Issue.record("\(reason)") }
      }
      for message in effects.outbound {
        switch message {
        case .run(let job): engine.run(job, at: now) { events.append(($0, $1)) }
        case .result(let result): responses[result.task.number] = now.nanoseconds - arrived[result.task.number]
        case .uplink: break
        }
      }
    }
    func hearEngine(before instant: Instant) {
      while heard < events.count, events[heard].at < instant {
        heard += 1
        hear(.engine(events[heard - 1].event), at: events[heard - 1].at)
      }
      if heard == events.count {
        events.removeAll(keepingCapacity: true)
        heard = 0
      }
    }
    while arrived.count < count, let now = process.next() {
      hearEngine(before: now)
      if arrived.count % Self.announced == 0 {
        hear(.downlink(.open(Self.plan(from: arrived.count, largest: largest))), at: now)
      }
      let number = arrived.count
      arrived.append(now.nanoseconds)
      hear(
        .chunk(
          FeatureChunk(
            task: TaskID(device: 0, number: number), batch: BatchID(number), sample: 0, offset: 0, total: Self.bytes,
            payload: FeaturePayload(storage: nil, offset: 0, count: Self.bytes))), at: now)
    }
    hearEngine(before: .distantFuture)
  }

  private static let bytes = 4
  /// Features that a plan announces.
  private static let announced = 500
  private static func plan(from number: Int, largest: Int) -> OpenPlan {
    OpenPlan(
      id: BatchID(number), frame: 1, worker: 0, rule: BatchingRule(maxBatch: largest, queueDelay: .zero),
      members: (number..<number + announced).map { number in
        OpenPlan.Member(
          BatchPlan.Member(
            task: TaskID(device: 0, number: number), exit: 1, featureBytes: bytes, uploadEnd: .start,
            completion: Instant(seconds: 1e8)))
      })
  }
}
