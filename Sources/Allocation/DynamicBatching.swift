public import EdgeModel
import Units

/// `dynamic-batching`: what serving systems do. Everybody uploads at an equal share of the cell (`OpenUplink`), and the
/// worker batches what has arrived: at most `max_batch`, waiting at most `queue_delay` for more; who has waited longer
/// than the queue's timeout is dropped; heavier tasks go first, others in the order of their arrival.
///
/// The semantics are those of Triton Inference Server's dynamic batcher without preferred sizes: `maxBatch` is its
/// max_batch_size, `queueDelay` its max_queue_delay_microseconds, `timeout` a queue policy's
/// default_timeout_microseconds with the action REJECT, and classes of weight its priority levels. A heuristic;
/// O(K (log K + workers)).
public struct DynamicBatching: AllocationPolicy {
  public static let name = "dynamic-batching"
  private let options: BatchingOptions
  public init(_ options: BatchingOptions = BatchingOptions()) { self.options = options }

  public func allocate(_ frame: FrameState, budget: SearchBudget) -> FrameAllocation {
    OpenPlans(policy: Self.name, frame: frame).allocate { _, _ in
      OpenRule(
        maxBatch: options.maxBatch ?? .max, queueDelay: options.queueDelay.inSeconds,
        timeout: options.timeout?.inSeconds)
    }
  }
}
