public import EdgeModel
import Units

/// `aimd-batching`: dynamic batching whose batch limit rises by one with every full batch in time and falls by a tenth with
/// every batch that has a late member: additive increase, multiplicative decrease, as Clipper sizes its batches
/// (Crankshaw et al., NSDI 2017, section 4.3.1).
///
/// The limit moves per batch, as it does there, for all batches that were reported since the last frame; it begins at 1.
/// Clipper compares a batch's latency with an objective for the model; here the objective is the members' own
/// deadlines. Only a batch that reached the limit says that a larger one might do, so only those raise it. Otherwise as
/// `DynamicBatching`. A heuristic; O(K (log K + workers) + reports).
public struct AIMDBatching: AllocationPolicy {
  public static let name = "aimd-batching"
  /// What is left of the limit after a batch with a late member.
  public static let decrease = 0.9
  private let options: BatchingOptions
  public init(_ options: BatchingOptions = BatchingOptions()) { self.options = options }

  public func allocate(_ frame: FrameState, budget: SearchBudget) -> FrameAllocation {
    OpenPlans(policy: Self.name, frame: frame).allocate { worker, _ in
      OpenRule(
        maxBatch: limit(of: worker), queueDelay: options.queueDelay.inSeconds, timeout: options.timeout?.inSeconds)
    }
  }

  private func limit(of worker: WorkerState) -> Int {
    let most = min(worker.maxBatch ?? .max, worker.profile.largestBatch ?? .max, options.maxBatch ?? .max)
    // What the reported batches were formed under, however far the limit has moved since.
    let last = worker.queue.batchLimit ?? 1
    return worker.queue.recent.reduce(last) { limit, batch in
      if batch.late > 0 { return max(1, Int(Double(limit) * Self.decrease)) }
      return batch.size >= last ? min(limit + 1, most) : limit
    }
  }
}
