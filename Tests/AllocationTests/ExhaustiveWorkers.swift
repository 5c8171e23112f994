import Allocation
import EdgeModel
import Units

/// The oracle for several workers: the most tasks that one batch on each can serve, by trying every division of the
/// tasks among the workers, and for each every order of the batches' uploads.
///
/// It computes areas, exits, tables and feasibility itself, and assumes neither heredity nor an order.
/// O((W + 1)^K · W!) at worst; divisions with no more tasks than the best are skipped.
struct ExhaustiveWorkers {
  private struct Batch {
    var uploadTime: Double
    /// Least and greatest end of uploads: the worker's, and the members'.
    var earliest: Double
    var latest: Double
  }
  private let frame: FrameState
  private let runsAllBlocks: Bool
  /// Each worker's batch of every subset of tasks; nil where it is infeasible whatever the others do.
  private var batches: [[Batch?]] = []
  private let isEqualShare: Bool

  /// - Parameters:
  ///   - runsAllBlocks: batching without early exit.
  ///   - isEqualShare: every member of a batch of b has B / b while the batch uploads.
  init(_ frame: FrameState, runsAllBlocks: Bool = false, isEqualShare: Bool = false) {
    (self.frame, self.runsAllBlocks, self.isEqualShare) = (frame, runsAllBlocks, isEqualShare)
    batches = frame.workers.map { worker in
      let exits = frame.tasks.map { exit(of: $0, on: worker) }
      return (0..<(1 << frame.tasks.count)).map { batch(of: $0, exits: exits, on: worker) }
    }
  }

  /// The size of a largest feasible division.
  func most() -> Int { Int(greatest { _ in 1 }) }

  /// The greatest sum of `worth` over a feasible division's tasks.
  func greatest(_ worth: (FrameTask) -> Double) -> Double {
    var greatest = 0.0
    var subsets = Array(repeating: 0, count: frame.workers.count)
    divide(task: 0, value: 0, frame.tasks.map(worth), &subsets, &greatest)
    return greatest
  }

  private func divide(
    task: Int, value: Double, _ worth: [Double], _ subsets: inout [Int], _ greatest: inout Double
  ) {
    guard value + worth[task...].reduce(0, +) > greatest else { return }
    guard task < frame.tasks.count else {
      if canUpload(subsets) { greatest = value }
      return
    }
    for worker in subsets.indices {
      subsets[worker] |= 1 << task
      divide(task: task + 1, value: value + worth[task], worth, &subsets, &greatest)
      subsets[worker] &= ~(1 << task)
    }
    divide(task: task + 1, value: value, worth, &subsets, &greatest)
  }

  private func canUpload(_ subsets: [Int]) -> Bool {
    var chosen: [Batch] = []
    for (worker, subset) in subsets.enumerated() where subset != 0 {
      guard let batch = batches[worker][subset] else { return false }
      chosen.append(batch)
    }
    return canUpload(chosen, after: 0)
  }

  /// Whether some order of uploads meets everyone's t.
  private func canUpload(_ batches: [Batch], after uploaded: Double) -> Bool {
    guard !batches.isEmpty else { return true }
    return batches.indices.contains { index in
      let batch = batches[index]
      let end = uploaded + batch.uploadTime
      guard max(batch.earliest, end) <= batch.latest else { return false }
      var others = batches
      others.remove(at: index)
      return canUpload(others, after: end)
    }
  }

  private func exit(of task: FrameTask, on worker: WorkerState) -> Int? {
    let blocks = worker.profile.blocks
    return (1...blocks.count).first { exit in
      guard !runsAllBlocks || exit == blocks.count else { return false }
      switch task.requirement {
      case .exit(let least): return exit >= least
      case .accuracy(let least): return blocks[exit - 1].accuracy ?? -1 >= least
      }
    }
  }

  private func batch(of subset: Int, exits: [Int?], on worker: WorkerState) -> Batch? {
    let members = frame.tasks.indices.filter { subset >> $0 & 1 == 1 }
    guard members.count <= worker.maxBatch ?? .max, members.allSatisfy({ exits[$0] != nil }) else { return nil }
    let areas = members.map { frame.tasks[$0].feature.value / frame.tasks[$0].uplink.efficiency(over: 1) }
    let area = isEqualShare ? Double(members.count) * (areas.max() ?? 0) : areas.reduce(0, +)
    var latest = Tolerance.reach(of: frame.length ?? .infinity)
    var depth = 0.0
    for (index, block) in worker.profile.blocks.enumerated() {
      let size = members.count { exits[$0] ?? 0 > index }
      if size > 0 {
        depth += [block.latency, block.head].reduce(0) { $0 + $1.monotoneTable(upTo: size)[size - 1] }
      }
      for member in members where exits[member] == index + 1 {
        latest = min(latest, Tolerance.reach(of: frame.tasks[member].deadline) - frame.guardTime - depth)
      }
    }
    return Batch(
      uploadTime: area / frame.bandwidth.value, earliest: max(0, worker.freeAt - frame.guardTime), latest: latest)
  }
}
