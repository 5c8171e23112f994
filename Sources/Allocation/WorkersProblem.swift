import EdgeModel

/// A frame as several workers see it: their windows, and the tasks that at least one of them can serve.
struct WorkersProblem: Sendable {
  /// A task, whichever worker serves it. Its rank is its position in `candidates`.
  struct Candidate: Sendable {
    /// Position among the frame's tasks.
    let index: Int
    /// a [Hz·s], finite.
    let area: Double
    /// The latest t + D_e, tolerance included [s]; the guard is the cell's, so it is the same on all workers.
    let latest: Double
    /// What it counts in the objective.
    let worth: Double
  }
  /// In the order of the workers given.
  let windows: [WorkerWindow]
  let sharing: UplinkSharing
  /// Least area first, ties by task.
  let candidates: [Candidate]
  /// e of candidate `rank` on worker `w` at `rank * windows.count + w`; 0 where it is not to run there.
  private let exits: [Int]

  /// Takes the tasks that are feasible alone on a worker and not dominated there, see `BatchProblem.undominated`:
  /// a frame schedules at most as many tasks as all workers' largest batches hold, so where as many others are
  /// preferable on a worker, one of them is free to replace a task on it. O(workers · K log K).
  /// - Parameters:
  ///   - keeping: tasks that are not to be dropped as dominated.
  ///   - worth: what a task counts; with the same for all, or nobody dropped, no best division is lost.
  init(
    _ frame: FrameState, windows: [WorkerWindow], sharing: UplinkSharing, keepsDominated: Bool, keeping: [Int] = [],
    worth: (FrameTask) -> Double = { _ in 1 }
  ) {
    var isKept = Array(repeating: keepsDominated, count: frame.tasks.count)
    for index in keeping { isKept[index] = true }
    let largestBatches = windows.map { window in
      keepsDominated
        ? 0 : BatchProblem(frame, indices: frame.tasks.indices, window: window, sharing: sharing).maxBatch
    }
    var exitsOfTasks = Array(repeating: 0, count: frame.tasks.count * windows.count)
    var found: [Candidate?] = Array(repeating: nil, count: frame.tasks.count)
    for (worker, window) in windows.enumerated() {
      var feasible = BatchProblem.feasibleAlone(frame, indices: frame.tasks.indices, window: window)
      if !keepsDominated {
        feasible =
          feasible.filter { isKept[$0.index] }
          + BatchProblem.undominated(
            feasible, largestBatch: largestBatches.reduce(0, +), exits: window.blockCount)
      }
      for task in feasible {
        exitsOfTasks[task.index * windows.count + worker] = task.exit
        found[task.index] = Candidate(
          index: task.index, area: task.area, latest: task.latest, worth: worth(frame.tasks[task.index]))
      }
    }
    self.windows = windows
    self.sharing = sharing
    candidates = found.compactMap(\.self).sorted { one, other in
      one.area != other.area ? one.area < other.area : frame.tasks[one.index].id < frame.tasks[other.index].id
    }
    exits = candidates.flatMap { exitsOfTasks[$0.index * windows.count..<($0.index + 1) * windows.count] }
  }

  /// The exit at which candidate `rank` leaves `worker`, from 1; 0 where it is not to run there. O(1).
  func exit(of rank: Int, on worker: Int) -> Int { exits[rank * windows.count + worker] }
}
