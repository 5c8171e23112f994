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

  /// What a task counts, positive; on several workers the sum is to be as great as possible.
  var worth: @Sendable (FrameTask) -> Double = { _ in 1 }
  /// Whether, on several workers, tasks may be moved and added for more of them beyond what the packing chose.
  var improves = true

  /// One batch on each worker, with as many tasks as possible in all.
  ///
  /// `pack` answers the ranks of a feasible set for one batch; several workers have it asked often, see
  /// `WorkersSearch`. The uploads of one worker's batch begin when those of the batch before it end, so the cell's
  /// bandwidth is kept at every instant. `status` and `nodes` are asked when all workers are packed.
  func allocate(
    _ frame: FrameState, status: () -> FrameAllocation.Status = { .feasible }, nodes: () -> Int = { 0 },
    pack: (BatchProblem) -> [Int]
  ) -> FrameAllocation {
    let windows = windows(of: frame)
    let batches = windows.count > 1 ? search(frame, windows, pack) : one(frame, windows[0], pack)
    return answer(frame, batches: batches, status: status(), nodes: nodes())
  }

  private func one(
    _ frame: FrameState, _ window: WorkerWindow, _ pack: (BatchProblem) -> [Int]
  ) -> [BatchAllocation] {
    let problem = BatchProblem(
      frame, indices: frame.tasks.indices, window: window, sharing: sharing, keepsDominated: keepsDominated)
    let ranks = problem.candidates.isEmpty ? [] : pack(problem)
    return ranks.isEmpty ? [] : [problem.batch(of: ranks, in: frame)]
  }

  private func search(
    _ frame: FrameState, _ windows: [WorkerWindow], _ pack: (BatchProblem) -> [Int]
  ) -> [BatchAllocation] {
    let search = WorkersSearch(
      frame: frame, windows: windows, sharing: sharing, keepsDominated: keepsDominated, worth: worth,
      improves: improves)
    return search.best(pack: pack).batches(in: frame)
  }

  /// The workers in order of their ids.
  func windows(of frame: FrameState) -> [WorkerWindow] {
    frame.workers.sorted { $0.id < $1.id }.map {
      WorkerWindow(frame, worker: $0, exits: exits, startsBehindFrame: startsBehindFrame)
    }
  }

  /// The answer with these batches: everybody else with a reason, and `optimal` only where the packing's model is the
  /// frame's (see `isModelExact`).
  func answer(
    _ frame: FrameState, batches: [BatchAllocation], status: FrameAllocation.Status = .feasible, nodes: Int = 0
  ) -> FrameAllocation {
    let scheduled = Set(batches.lazy.flatMap { $0.members.map(\.task) })
    let refused = frame.tasks.indices.filter { !scheduled.contains(frame.tasks[$0].id) }
    let refusals =
      refused.isEmpty
      ? []
      : RefusalReasons(frame, exits: exits, startsBehindFrame: startsBehindFrame, batches: batches).refusals(
        of: refused)
    return FrameAllocation(
      policy: policy, status: status == .optimal && !isModelExact(frame) ? .feasible : status, batches: batches,
      refusals: refusals, searchNodes: nodes)
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
