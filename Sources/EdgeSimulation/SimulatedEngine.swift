import EdgeModel
import Inference

/// One engine instance in virtual time: the executor that runs batches live, on a clock that jumps where a live one
/// would sleep or compute.
final class SimulatedEngine {
  private final class Clock {
    var now = Instant.start
    var concurrency = 1
  }
  private let clock: Clock
  private var executor: BatchExecutor<TableEngine>

  /// `profiles`, for 1, 2, … instances at work, cover batches of `largestBatch`. `draws` say what the engine itself takes, nothing where there are none;
  /// paced, results are held until the profile's time has passed.
  init(
    model: SimulatedModel, profiles: [LatencyProfile], draws: EngineDraws? = nil, isPaced: Bool = true,
    largestBatch: Int
  ) throws(EngineError) {
    let clock = Clock()
    self.clock = clock
    let engine = TableEngine(
      model: model, largestBatch: largestBatch, draws: draws, profiles: profiles,
      concurrency: { clock.concurrency }, compute: { clock.now = clock.now + $0 })
    executor = try BatchExecutor(
      engine: engine, profiles: profiles,
      pacing: isPaced ? .profile(sleep: { clock.now = $0 }) : .computed(sleep: { clock.now = $0 }),
      now: { clock.now })
  }

  /// Runs `job` from `now` on; `report` gets each event and its instant, in order.
  func run(_ job: BatchJob, at now: Instant, report: (BatchEvent, Instant) -> Void) {
    clock.now = now
    clock.concurrency = job.concurrency
    executor.run(job) { report($0, clock.now) }
  }
}
