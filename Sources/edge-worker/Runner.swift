import EdgeModel
import Inference

/// One model's executor on one instance.
final class Runner<Engine: InferenceEngine & ~Copyable> {
  var executor: BatchExecutor<Engine>
  var hold: AnswerHold
  init(_ executor: consuming BatchExecutor<Engine>, blocks: Int) {
    self.executor = executor
    hold = AnswerHold(blocks: blocks)
  }
}
