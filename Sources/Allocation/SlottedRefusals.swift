import EdgeModel

/// Why tasks were not scheduled on the slot grid: as `RefusalReasons`, with slotted needs and heads on leavers alone.
struct SlottedRefusals {
  private let frame: FrameState
  private let grid: SlotGrid
  private let problems: [SlottedProblem]
  private let areAllFull: Bool

  init(_ frame: FrameState, grid: SlotGrid, batches: [BatchAllocation]) {
    self.frame = frame
    self.grid = grid
    problems = frame.workers.map {
      SlottedProblem(frame, indices: EmptyCollection(), worker: $0, grid: grid, uploadStart: 0)
    }
    areAllFull = frame.workers.allSatisfy { worker in
      let largest = batches.lazy.filter { $0.worker == worker.id }.map(\.members.count).max() ?? 0
      return largest >= min(worker.maxBatch ?? .max, worker.profile.largestBatch ?? .max)
    }
  }

  /// O(workers · N) per task, in the order given.
  func refusals(of indices: [Int]) -> [Refusal] {
    indices.map { Refusal(task: frame.tasks[$0].id, reason: reason(for: frame.tasks[$0])) }
  }

  private func reason(for task: FrameTask) -> RefusalReason {
    var (isAccurate, isInTime, isInTimeWhenFree) = (false, false, false)
    for problem in problems {
      guard let exit = ExitUse.firstGoodEnough.exit(of: task, in: problem.worker.profile.blocks) else { continue }
      isAccurate = true
      isInTime = isInTime || problem.isFeasibleAlone(task, exit: exit, earliest: 0)
      isInTimeWhenFree =
        isInTimeWhenFree || problem.isFeasibleAlone(task, exit: exit, earliest: problem.earliest)
    }
    guard isAccurate else { return .accuracy }
    guard isInTime else { return .deadline }
    guard isInTimeWhenFree else { return .workerBusy }
    return areAllFull ? .batchLimit : .bandwidth
  }
}
