import EdgeModel
import Units

/// One batch to be packed on the slot grid: what the cell and one worker allow, and the tasks that can be in it at all.
///
/// Uploads end at a slot's instant t, the batch starts at t + guard. With m_n leaving at exit n the batch that enters
/// block n is b_n = Σ_{j≥n} m_j, and D_n = Σ_{i≤n} (body_i(b_i) + h_i(m_i)): a head runs before the next block, so it
/// delays all who go on. By heredity every subset of a feasible set is feasible at the same t.
struct SlottedProblem: Sendable {
  struct Candidate: Sendable {
    /// Position among the frame's tasks.
    let index: Int
    let task: FrameTask
    /// e, from 1.
    let exit: Int
    /// The latest t + D_e, tolerance included [s].
    let latest: Double
    /// w(t)·t lies between these for every slot [Hz·s]; equal where the need is linear.
    let areas: ClosedRange<Double>
  }
  let worker: WorkerState
  let grid: SlotGrid
  /// B [Hz].
  let bandwidth: Double
  /// [Hz].
  let resourceBlock: Double?
  let guardTime: Double
  /// When uploads may begin [s].
  let uploadStart: Double
  /// Index of the least slot: not before uploads begin, and a batch starts no earlier than its worker is free.
  let earliest: Int
  private let bodies: LatencyTable
  private let heads: LatencyTable
  /// D_e of a batch of one, at index e [s].
  private let depthAlone: [Double]
  /// Ordered by task, so that an answer does not depend on the order of the frame's tasks.
  private(set) var candidates: [Candidate] = []
  /// Most members a feasible batch can have; a bound.
  private(set) var maxBatch = 0

  /// Takes the tasks at `indices` that a largest feasible set may need. O(K log K), one need per task.
  init(_ frame: FrameState, indices: some Sequence<Int>, worker: WorkerState, grid: SlotGrid, uploadStart: Double) {
    self.worker = worker
    self.grid = grid
    self.uploadStart = uploadStart
    bandwidth = frame.bandwidth.value
    resourceBlock = frame.resourceBlock?.value
    guardTime = frame.guardTime
    earliest = grid.index(reaching: max(0, uploadStart, worker.freeAt - frame.guardTime))
    let largest = max(1, min(worker.maxBatch ?? .max, frame.tasks.count, worker.profile.largestBatch ?? .max))
    let blocks = worker.profile.blocks
    bodies = LatencyTable(LatencyProfile(blocks: blocks.map { BlockProfile(latency: $0.latency) }), upTo: largest)
    heads = LatencyTable(LatencyProfile(blocks: blocks.map { BlockProfile(latency: $0.head) }), upTo: largest)
    var (depthAlone, body) = ([0.0], 0.0)
    for block in 1..<(blocks.count + 1) {
      body += bodies.seconds(block: block, size: 1)
      depthAlone.append(body + heads.seconds(block: block, size: 1))
    }
    self.depthAlone = depthAlone
    for index in indices {
      guard let candidate = candidate(frame.tasks[index], at: index) else { continue }
      candidates.append(candidate)
    }
    maxBatch = largestSize { _ in 0 }
    dropDominated()
    candidates.sort { $0.task.id < $1.task.id }
    let leastAreas = candidates.map(\.areas.lowerBound).sorted().reduce(into: [0.0]) {
      $0.append($0[$0.count - 1] + $1)
    }
    maxBatch = largestSize { [bandwidth] in leastAreas[$0] / bandwidth }
  }

  var blockCount: Int { depthAlone.count - 1 }
  /// Whether members with these needs fit the cell side by side.
  func fits(_ needs: Double) -> Bool { needs / bandwidth <= 1 + Tolerance.part }
  func body(block: Int, size: Int) -> Double { bodies.seconds(block: block, size: size) }
  func head(exit: Int, size: Int) -> Double { heads.seconds(block: exit, size: size) }

  /// w_k(t) for the slot at `index` [Hz].
  func need(of candidate: Candidate, at index: Int) -> Double {
    candidate.task.need(
      within: grid.instant(index) - uploadStart, inCell: bandwidth, resourceBlock: resourceBlock)
  }

  /// Whether `task`, leaving at `exit`, is feasible with the whole cell and the worker to itself, with t at the slot
  /// `earliest` or later. Its need falls as t rises, so the first slot at which the cell is enough decides. O(1).
  func isFeasibleAlone(_ task: FrameTask, exit: Int, earliest: Int) -> Bool {
    var cell = bandwidth
    if let block = resourceBlock, block >= Tolerance.part * cell {
      cell = (bandwidth * (1 + Tolerance.part) / block).rounded(.down) * block
    }
    let area = cell > 0 || task.feature.value == 0 ? task.area(inCell: max(cell, .leastNormalMagnitude)) : .infinity
    let end = max(earliest, grid.index(reaching: uploadStart + area / max(cell, .leastNormalMagnitude)))
    return end <= grid.last && grid.instant(end) + depthAlone[exit] <= latest(deadline: task.deadline)
  }

  private func latest(deadline: Double) -> Double { Tolerance.reach(of: deadline) - guardTime }

  private func candidate(_ task: FrameTask, at index: Int) -> Candidate? {
    guard let exit = ExitUse.firstGoodEnough.exit(of: task, in: worker.profile.blocks),
      isFeasibleAlone(task, exit: exit, earliest: earliest)
    else { return nil }
    let most = task.area(inCell: bandwidth)
    let time = grid.instant(grid.last) - uploadStart
    let least = time > 0 ? task.need(within: time, inCell: bandwidth) * time : 0
    return Candidate(
      index: index, task: task, exit: exit, latest: latest(deadline: task.deadline), areas: min(least, most)...most)
  }

  /// Drops a task when `maxBatch` others with its exit have no greater need at any slot and no earlier deadline: a
  /// feasible set with it lacks one of them, and stays feasible with that one instead. O(K log K).
  ///
  /// w(t)·t falls as t rises, from L / r(B), so needs compare as areas do where the ranges do not overlap.
  private mutating func dropDominated() {
    guard candidates.count > 2 * maxBatch else { return }
    candidates.sort {
      ($1.latest, $0.areas.upperBound, $0.task.id) < ($0.latest, $1.areas.upperBound, $1.task.id)
    }
    var least = Array<LeastValues>(repeating: LeastValues(keeping: maxBatch), count: blockCount + 1)
    candidates.removeAll { candidate in
      guard maxBatch > 0, candidate.areas.lowerBound < least[candidate.exit].limit else { return true }
      least[candidate.exit].insert(candidate.areas.upperBound)
      return false
    }
  }

  /// The largest b that meets the latest deadline when all leave at the first exit that occurs and uploads take no
  /// less than `leastUploadTime(b)`; every feasible set of b has members that run to that exit.
  private func largestSize(_ leastUploadTime: (Int) -> Double) -> Int {
    let firstExit = candidates.reduce(blockCount) { min($0, $1.exit) }
    let latest = candidates.reduce(-.infinity) { max($0, $1.latest) }
    return largest(in: 0...min(bodies.largestBatch, heads.largestBatch, candidates.count)) { size in
      let end = max(grid.instant(earliest), uploadStart + leastUploadTime(size))
      let depth = (1...firstExit).reduce(0.0) { $0 + bodies.seconds(block: $1, size: size) }
      // Sums in an order of their own: a bound must not be tighter than what it bounds.
      return Tolerance.isAtMost(end, grid.instant(grid.last)) && Tolerance.isAtMost(end + depth, latest)
    }
  }
}
