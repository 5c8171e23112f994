import EdgeModel

/// Turns a policy for one batch into an answer for a frame.
struct FramePacking {
  let policy: String
  let exits: ExitUse
  var sharing = UplinkSharing.byArea

  /// Packs worker after worker, the first free first, each from the tasks that those before it left.
  ///
  /// The uploads of one worker's batch begin when those of the batch before it end, so the cell's bandwidth is kept at
  /// every instant. `pack` answers the ranks of a feasible set; `status` is asked when all workers are packed, and
  /// `optimal` is granted only where the packing's model is the frame's (see `isModelExact`).
  func allocate(
    _ frame: FrameState, status: () -> FrameAllocation.Status = { .feasible }, nodes: () -> Int = { 0 },
    pack: (BatchProblem) -> [Int]
  ) -> FrameAllocation {
    var waiting = Array(frame.tasks.indices)
    var batches: [BatchAllocation] = []
    var uploadStart = 0.0
    for worker in frame.workers.sorted(by: { ($0.freeAt, $0.id) < ($1.freeAt, $1.id) }) {
      let window = WorkerWindow(frame, worker: worker, exits: exits, uploadStart: uploadStart)
      let problem = BatchProblem(frame, indices: waiting, window: window, sharing: sharing)
      let ranks = problem.candidates.isEmpty ? [] : pack(problem)
      guard !ranks.isEmpty else { continue }
      batches.append(problem.batch(of: ranks, in: frame))
      uploadStart = BatchTally(ranks, of: problem).uploadEnd(in: problem)
      let taken = Set(ranks.map { problem.candidates[$0].index })
      waiting.removeAll(where: taken.contains)
    }
    let proven = status()
    return FrameAllocation(
      policy: policy, status: proven == .optimal && !isModelExact(frame) ? .feasible : proven, batches: batches,
      refusals: RefusalReasons(frame, exits: exits, batches: batches).refusals(of: waiting), searchNodes: nodes())
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
