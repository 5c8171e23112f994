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
    let problem = WorkersProblem(frame, windows: packing.windows(of: frame), sharing: .byArea, keepsDominated: true)
    var order = Pipeline(problem, frameLength: frame.length).order()
    if problem.windows.count > 1 {
      let chained = Self.workerAfterWorker(problem, frameLength: frame.length)
      if chained.count > order.count { order = chained }
    }
    return packing.answer(frame, batches: Self.batches(order, problem, frame))
  }

  /// The first free first, each with as many tasks as it can of those left: worse where uploads to several workers
  /// should alternate, but the first worker is served as if it were alone.
  private static func workerAfterWorker(
    _ problem: WorkersProblem, frameLength: Double?
  ) -> [(rank: Int, worker: Int)] {
    let windows = problem.windows
    var order: [(rank: Int, worker: Int)] = []
    var uploadStart = 0.0
    for worker in windows.indices.sorted(by: { (windows[$0].worker.freeAt, $0) < (windows[$1].worker.freeAt, $1) }) {
      let pipeline = Pipeline(problem, frameLength: frameLength, workers: [worker], uploadStart: uploadStart)
      let added = pipeline.order(without: Set(order.map(\.rank)))
      uploadStart = added.reduce(uploadStart) { $0 + problem.candidates[$1.rank].area / windows[worker].bandwidth }
      order += added
    }
    return order
  }

  private static func batches(
    _ order: [(rank: Int, worker: Int)], _ problem: WorkersProblem, _ frame: FrameState
  ) -> [BatchAllocation] {
    var uploadStart = 0.0
    var free = Array(repeating: 0.0, count: problem.windows.count)
    return order.map { rank, worker in
      let window = problem.windows[worker]
      let candidate = problem.candidates[rank]
      let exit = problem.exit(of: rank, on: worker)
      let task = frame.tasks[candidate.index]
      let bandwidth = candidate.area > 0 ? window.bandwidth : 0
      let uploadEnd = uploadStart + candidate.area / window.bandwidth
      let start = max(free[worker], max(uploadEnd, window.earliestEnd) + window.guardTime)
      let entering = (1...exit).map { $0 >= task.entry ? 1 : 0 }
      let member = BatchAllocation.Member(
        task: task.id, bandwidth: Hertz(bandwidth),
        rate: BitRate(bandwidth * task.uplink.efficiency(over: window.bandwidth)), uploadStart: uploadStart,
        uploadEnd: uploadEnd, entry: task.entry, exit: exit,
        completion: start + window.latencies.depths(entering: entering)[exit])
      (uploadStart, free[worker]) = (uploadEnd, member.completion)
      return BatchAllocation(worker: window.worker.id, start: start, members: [member], entering: entering)
    }
  }
}
