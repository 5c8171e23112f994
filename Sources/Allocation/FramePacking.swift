import EdgeModel

/// Turns a policy for one batch into an answer for a frame.
struct FramePacking {
  let policy: String
  let exits: ExitUse
  var sharing = UplinkSharing.byArea
  /// Whether the packing is to see tasks that no largest batch needs.
  var keepsDominated = false
  /// See `WorkerWindow`.
  var startsBehindFrame = false

  /// Packs worker after worker, the first free first, each from the tasks that those before it left.
  ///
  /// The uploads of one worker's batch begin when those of the batch before it end, so the cell's bandwidth is kept at
  /// every instant. `pack` answers the ranks of a feasible set; `status` is asked when all workers are packed, and
  /// `optimal` is granted only where the packing's model is the frame's (see `isModelExact`).
  func allocate(
    _ frame: FrameState, status: () -> FrameAllocation.Status = { .feasible }, nodes: () -> Int = { 0 },
    pack: (BatchProblem) -> [Int]
  ) -> FrameAllocation {
    allocate(frame, status: status, nodes: nodes) { problem in
      let ranks = pack(problem)
      return ranks.isEmpty ? [] : [problem.batch(of: ranks, in: frame)]
    }
  }

  /// The same for packings that run several batches on a worker.
  func allocate(
    _ frame: FrameState, status: () -> FrameAllocation.Status = { .feasible }, nodes: () -> Int = { 0 },
    batches batchesOn: (BatchProblem) -> [BatchAllocation]
  ) -> FrameAllocation {
    var batches: [BatchAllocation] = []
    var waiting = Array(frame.tasks.indices)
    var uploadStart = 0.0
    for worker in frame.workers.sorted(by: { ($0.freeAt, $0.id) < ($1.freeAt, $1.id) }) {
      let window = WorkerWindow(
        frame, worker: worker, exits: exits, uploadStart: uploadStart, startsBehindFrame: startsBehindFrame)
      let problem = BatchProblem(
        frame, indices: waiting, window: window, sharing: sharing, keepsDominated: keepsDominated)
      guard !problem.candidates.isEmpty else { continue }
      let members = batchesOn(problem).map { batch in
        batches.append(batch)
        return batch.members
      }.joined()
      let scheduled = Set(members.map(\.task))
      waiting.removeAll { scheduled.contains(frame.tasks[$0].id) }
      uploadStart = members.reduce(uploadStart) { max($0, $1.uploadEnd) }
    }
    let proven = status()
    let reasons = RefusalReasons(frame, exits: exits, startsBehindFrame: startsBehindFrame, batches: batches)
    return FrameAllocation(
      policy: policy, status: proven == .optimal && !isModelExact(frame) ? .feasible : proven, batches: batches,
      refusals: reasons.refusals(of: waiting), searchNodes: nodes())
  }

  /// Whether a packing that is best for its batch is best for the frame: one worker, everybody enters at block 1, and
  /// needs are linear in bandwidth. Elsewhere the packing is safe (later entries and narrower grants only help) but
  /// may not be best.
  private func isModelExact(_ frame: FrameState) -> Bool {
    frame.workers.count == 1
      && frame.tasks.allSatisfy { task in
        if case .spectralEfficiency = task.uplink { task.entry == 1 } else { false }
      }
  }
}
