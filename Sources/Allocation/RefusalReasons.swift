import EdgeModel
import Units

/// Why tasks were not scheduled: the first of the contract's reasons that applies to all workers.
///
/// A policy's own exits count: where every task runs all blocks, a task may be refused for a deadline that an early
/// exit would meet.
struct RefusalReasons {
  private let frame: FrameState
  private let windows: [WorkerWindow]
  private let areAllFull: Bool

  init(_ frame: FrameState, exits: ExitUse, startsBehindFrame: Bool, batches: [BatchAllocation]) {
    self.frame = frame
    let windows = frame.workers.map {
      WorkerWindow(frame, worker: $0, exits: exits, startsBehindFrame: startsBehindFrame)
    }
    self.windows = windows
    areAllFull = windows.allSatisfy { window in
      let members = batches.lazy.filter { $0.worker == window.worker.id }.map(\.members.count)
      return (members.max() ?? 0) >= min(window.worker.maxBatch ?? .max, window.worker.profile.largestBatch ?? .max)
    }
  }

  /// O(workers · N) per task, in the order given.
  func refusals(of indices: [Int]) -> [Refusal] {
    indices.map { Refusal(task: frame.tasks[$0].id, reason: reason(for: frame.tasks[$0])) }
  }

  private func reason(for task: FrameTask) -> RefusalReason {
    let area = task.area(inCell: frame.bandwidth.value)
    var (isAccurate, isInTime, isInTimeWhenFree) = (false, false, false)
    for window in windows {
      guard let exit = window.exits.exit(of: task, in: window.worker.profile.blocks) else { continue }
      func isFeasible(from earliest: Double) -> Bool {
        window.isFeasibleAlone(area: area, exit: exit, deadline: task.deadline, earliest: earliest)
      }
      isAccurate = true
      isInTime = isInTime || isFeasible(from: window.uploadStart)
      isInTimeWhenFree = isInTimeWhenFree || isFeasible(from: window.earliestEnd)
    }
    guard isAccurate else { return .accuracy }
    guard isInTime else { return .deadline }
    guard isInTimeWhenFree else { return .workerBusy }
    return areAllFull ? .batchLimit : .bandwidth
  }
}
