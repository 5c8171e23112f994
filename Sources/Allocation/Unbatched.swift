public import EdgeModel
import Units

/// `no-batching` and `conventional`: what batching, or batching and early exit, is compared with, in its strongest form.
///
/// Every task is a batch of its own. Uploads follow each other, each with the whole cell; a task starts as soon as its
/// upload is in (and the guard over) and the worker is free, so uploads overlap the execution of the tasks before.
/// The order is the best found, see `Pipeline`.
public struct Unbatched: AllocationPolicy {
  public static let noBatching = Unbatched(name: "no-batching", exits: .firstGoodEnough)
  public static let conventional = Unbatched(name: "conventional", exits: .last)

  public let name: String
  private let exits: ExitUse

  public func allocate(_ frame: FrameState, budget: SearchBudget) -> FrameAllocation {
    let packing = FramePacking(policy: name, exits: exits, keepsDominated: true, startsBehindFrame: true)
    return packing.allocate(
      frame,
      batches: { problem in
        Pipeline(problem).order().reduce(into: []) { batches, rank in
          let end = batches.last?.members.first?.uploadEnd ?? problem.window.uploadStart
          let free = batches.last?.members.first?.completion ?? 0
          batches.append(Self.batch(of: problem.candidates[rank], uploadStart: end, free: free, problem, frame))
        }
      })
  }

  private static func batch(
    of candidate: BatchProblem.Candidate, uploadStart: Double, free: Double, _ problem: BatchProblem,
    _ frame: FrameState
  ) -> BatchAllocation {
    let window = problem.window
    let task = frame.tasks[candidate.index]
    let bandwidth = candidate.area > 0 ? window.bandwidth : 0
    let uploadEnd = uploadStart + candidate.area / window.bandwidth
    let start = max(uploadEnd, window.earliestEnd) + window.guardTime
    let entering = (1...candidate.exit).map { $0 >= task.entry ? 1 : 0 }
    let member = BatchAllocation.Member(
      task: task.id, bandwidth: Hertz(bandwidth),
      rate: BitRate(bandwidth * task.uplink.efficiency(over: window.bandwidth)), uploadStart: uploadStart,
      uploadEnd: uploadEnd, entry: task.entry, exit: candidate.exit,
      completion: max(start, free) + window.latencies.depths(entering: entering)[candidate.exit])
    return BatchAllocation(worker: window.worker.id, start: max(start, free), members: [member], entering: entering)
  }
}
