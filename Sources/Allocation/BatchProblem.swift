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
  private(set) var candidates: [Candidate] = []
  /// Most members a feasible batch can have; a bound.
  private(set) var maxBatch = 0

  /// Takes the tasks at `indices` that a largest feasible set may need: those feasible alone (by heredity no other is
  /// in any feasible set), less the dominated ones (see `undominated`). O(K log K).
  /// - Parameter keepsDominated: for packings that are to meet every task, whoever would replace it.
  init(
    _ frame: FrameState, indices: some Sequence<Int>, window: WorkerWindow, sharing: UplinkSharing = .byArea,
    keepsDominated: Bool = false
  ) {
    self.window = window
    self.sharing = sharing
    candidates = Self.feasibleAlone(frame, indices: indices, window: window)
    maxBatch = largestSize { _ in 0 }
    if !keepsDominated {
      candidates = Self.undominated(candidates, largestBatch: maxBatch, exits: window.blockCount)
    }
    candidates.sort { one, other in
      one.area != other.area ? one.area < other.area : frame.tasks[one.index].id < frame.tasks[other.index].id
    }
    let areaSums = candidates.reduce(into: [0.0]) { $0.append($0[$0.count - 1] + $1.area) }
    maxBatch = largestSize { [candidates, sharing, window] size in
      sharing.uploadTime(
        areaSum: areaSums[size], largestArea: candidates[size - 1].area, count: size, bandwidth: window.bandwidth)
    }
  }

  /// The batch of `members`, whoever chose them, without a bound on more.
  init(_ members: [Candidate], window: WorkerWindow, sharing: UplinkSharing) {
    self.window = window
    self.sharing = sharing
    candidates = members
    maxBatch = members.count
  }

  /// The tasks at `indices` that the window allows alone, with the whole cell. O(K).
  static func feasibleAlone(
    _ frame: FrameState, indices: some Sequence<Int>, window: WorkerWindow
  ) -> [Candidate] {
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
    return candidates
  }

  /// Least t for a set with these sums: t = max(g, uploads' end) [s].
  func uploadEnd(areaSum: Double, largestArea: Double, count: Int) -> Double {
    let time = sharing.uploadTime(
      areaSum: areaSum, largestArea: largestArea, count: count, bandwidth: window.bandwidth)
    return max(window.earliestEnd, window.uploadStart + time)
  }

  /// The largest b that meets the latest deadline when all leave at the first exit that occurs and uploads take no
  /// less than `leastUploadTime(b)`; every feasible set of b has members that run to that exit.
  /// O(K + N log K) and log K questions.
  private func largestSize(_ leastUploadTime: (Int) -> Double) -> Int {
    let firstExit = candidates.reduce(window.blockCount) { min($0, $1.exit) }
    let latest = candidates.reduce(-.infinity) { max($0, $1.latest) }
    return largest(in: 0...min(window.maxBatch, candidates.count)) { size in
      let end = max(window.earliestEnd, window.uploadStart + leastUploadTime(size))
      let depth = (1...firstExit).reduce(0.0) { $0 + window.latencies.seconds(block: $1, size: size) }
      // Sums in an order of their own: a bound must not be tighter than what it bounds.
      return Tolerance.isAtMost(end, window.latestEnd) && Tolerance.isAtMost(end + depth, latest)
    }
  }
}

/// The greatest number in `range` for which `holds`, where it holds up to some number and not above; the lower bound
/// is not asked. O(log) questions.
func largest(in range: ClosedRange<Int>, where holds: (Int) -> Bool) -> Int {
  var (yes, no) = (range.lowerBound, range.upperBound + 1)
  while no - yes > 1 {
    let middle = (yes + no) / 2
    if holds(middle) { yes = middle } else { no = middle }
  }
  return yes
}
