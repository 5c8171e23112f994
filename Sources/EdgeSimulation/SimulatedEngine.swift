import EdgeModel
import Inference

/// One engine instance in virtual time: the executor that runs batches live, on a clock that jumps where a live one
/// would sleep.
final class SimulatedEngine {
  private final class Clock {
    var now = Instant.start
  }
  private let clock: Clock
  private var executor: BatchExecutor<TableEngine>

  /// `profile` covers batches of `largestBatch`.
  init(model: SimulatedModel, profile: LatencyProfile, largestBatch: Int) throws(EngineError) {
    let clock = Clock()
    self.clock = clock
    executor = try BatchExecutor(
      engine: TableEngine(model: model, largestBatch: largestBatch), profile: profile,
      pacing: .profile(sleep: { clock.now = $0 }), now: { clock.now })
  }

  /// Runs `job` from `now` on; `report` gets each event and its instant, in order.
  func run(_ job: BatchJob, at now: Instant, report: (BatchEvent, Instant) -> Void) {
    clock.now = now
    executor.run(job) { report($0, clock.now) }
  }
}
