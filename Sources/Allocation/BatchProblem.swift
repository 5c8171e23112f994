import EdgeModel

/// One batch to be packed: a worker's window, and the tasks that can be in it at all, best channel first.
struct BatchProblem: Sendable {
  /// A task as the packing sees it. Its rank is its position in `candidates`.
  struct Candidate: Sendable {
    /// Position among the frame's tasks.
    let index: Int
    /// a [Hz·s], finite.
    let area: Double
    /// e, from 1.
    let exit: Int
    /// The latest t + D_e, tolerance included [s].
    let latest: Double
  }
  let window: WorkerWindow
  let sharing: UplinkSharing
  /// Least area first, ties by task, so that an answer does not depend on the order of the frame's tasks.
  let candidates: [Candidate]

  /// Takes those of the tasks at `indices` that are feasible alone; by heredity no other can be in any feasible set.
  /// O(K·(N + log K)).
  init(_ frame: FrameState, indices: some Sequence<Int>, window: WorkerWindow, sharing: UplinkSharing = .byArea) {
    self.window = window
    self.sharing = sharing
    var candidates: [Candidate] = []
    for index in indices {
      let task = frame.tasks[index]
      guard let exit = window.exits.exit(of: task, in: window.worker.profile.blocks) else { continue }
      let area = task.area(inCell: window.bandwidth)
      guard
        window.isFeasibleAlone(area: area, exit: exit, deadline: task.deadline, earliest: window.earliestEnd)
      else { continue }
      candidates.append(
        Candidate(index: index, area: area, exit: exit, latest: window.latest(deadline: task.deadline)))
    }
    candidates.sort { ($0.area, frame.tasks[$0.index].id) < ($1.area, frame.tasks[$1.index].id) }
    self.candidates = candidates
  }

  /// Most members a batch may have.
  var maxBatch: Int { min(window.maxBatch, candidates.count) }

  /// Least t for a set with these sums: t = max(g, uploads' end) [s].
  func uploadEnd(areaSum: Double, largestArea: Double, count: Int) -> Double {
    let time = sharing.uploadTime(
      areaSum: areaSum, largestArea: largestArea, count: count, bandwidth: window.bandwidth)
    return max(window.earliestEnd, window.uploadStart + time)
  }
}
