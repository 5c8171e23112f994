import EdgeModel
import Units

/// What the cell and one worker allow in one frame: the constants of every feasibility question.
///
/// A batch's uploads end at t, it starts at t + guard, and its members are done at t + guard + D_e.
struct WorkerWindow: Sendable {
  let worker: WorkerState
  let exits: ExitUse
  /// B [Hz].
  let bandwidth: Double
  /// Batch start less upload end [s].
  let guardTime: Double
  /// When uploads may begin [s].
  private(set) var uploadStart: Double
  /// Least t: not before uploads begin, and a batch starts no earlier than its worker is free [s].
  private(set) var earliestEnd: Double
  /// Greatest t, with the tolerance [s]; infinite where the frame has no length.
  let latestEnd: Double
  /// Whether a batch may start behind the frame's end when its uploads are in by then: tasks that run one by one queue
  /// for the worker, while a common t within the frame is what one batch is planned with.
  let startsBehindFrame: Bool
  let latencies: LatencyTable
  /// D_e of a batch of one, at index e [s].
  private let depthAlone: [Double]

  /// Uploads may begin with the frame, and a batch is as large as worker and profile take.
  init(_ frame: FrameState, worker: WorkerState, exits: ExitUse, startsBehindFrame: Bool = false) {
    self.startsBehindFrame = startsBehindFrame
    self.worker = worker
    self.exits = exits
    bandwidth = frame.bandwidth.value
    guardTime = frame.guardTime
    uploadStart = 0
    earliestEnd = max(0, worker.freeAt - frame.guardTime)
    latestEnd = frame.length.map(Tolerance.reach) ?? .infinity
    latencies = LatencyTable(worker.profile, upTo: max(1, min(worker.maxBatch ?? .max, frame.tasks.count)))
    maxBatch = min(worker.maxBatch ?? .max, latencies.largestBatch)
    depthAlone = latencies.depths(ofFullBatch: 1)
  }

  /// The same worker when uploads begin at `uploadStart` [s], after those of the batches before, and the batch takes at
  /// most `cap` members.
  func following(uploadStart: Double, cap: Int = .max) -> WorkerWindow {
    var copy = self
    copy.uploadStart = uploadStart
    copy.earliestEnd = max(uploadStart, worker.freeAt - guardTime)
    copy.maxBatch = min(cap, maxBatch)
    return copy
  }

  /// Most members a batch may have.
  private(set) var maxBatch: Int
  var blockCount: Int { latencies.blockCount }

  /// The latest t + D_e at which a task with this deadline still counts as in time [s].
  func latest(deadline: Double) -> Double { Tolerance.reach(of: deadline) - guardTime }

  /// Whether one task alone, with the whole cell, is feasible with t at least `earliest` [s]. O(1).
  func isFeasibleAlone(area: Double, exit: Int, deadline: Double, earliest: Double) -> Bool {
    let uploaded = uploadStart + area / bandwidth
    let end = max(earliest, uploaded)
    return (startsBehindFrame ? uploaded : end) <= latestEnd && end + depthAlone[exit] <= latest(deadline: deadline)
  }
}
