import EdgeModel
import Inference

/// One model's executor on one instance.
final class Runner<Engine: InferenceEngine & ~Copyable> {
  private var executor: BatchExecutor<Engine>
  private var hold: AnswerHold
  init(_ executor: consuming BatchExecutor<Engine>, blocks: Int) {
    self.executor = executor
    hold = AnswerHold(blocks: blocks)
  }

  /// Runs `job`; `report` gets each event with when it is to be seen. `anotherBatchWaits` is asked where that depends on it.
  func run(_ job: BatchJob, anotherBatchWaits: () -> Bool, report: (BatchEvent, ReportTiming) -> Void) {
    // Out of here while the batch runs: each look at a class's variable is checked, in memory that a block's weights have
    // pushed out of the caches.
    var hold = AnswerHold(blocks: 0)
    swap(&hold, &self.hold)
    executor.run(job) { event in
      report(event, hold.timing(of: event, of: job.plan, anotherBatchWaits: anotherBatchWaits()))
    }
    swap(&hold, &self.hold)
  }
}
