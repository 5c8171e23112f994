import EdgeModel
import Units

/// The uplink of policies with open plans: everybody gets an equal share, from the frame's edge until they are through.
///
/// A cell without allocation cannot carry everyone: those are let in whom the share that is left for each carries to a
/// worker within the frame, and in time to be answered alone on it when it is idle. With K let in, task k's upload ends
/// at K·a_k / B, so k needs K ≤ c_k = max over workers of B·min(frame, T_k − D_k) / a_k; the most that can be let in is
/// the largest K for which K tasks have c_k ≥ K, those with the greatest c_k. Each then goes to the worker with the
/// fewest tasks outstanding among those with c_k ≥ K, as a balancer in front of serving systems does.
/// O(K (log K + workers)).
struct OpenUplink {
  /// What one worker can do for a task.
  private struct Choice {
    var worker: Int
    var exit: Int
    /// c_k on this worker.
    var mostSharing: Double
  }
  /// A task that may be let in: its position among the frame's, and the workers that could answer it.
  private struct Candidate {
    var index: Int
    var choices: [Choice]
    var mostSharing: Double { choices.reduce(0) { max($0, $1.mostSharing) } }
  }
  private let frame: FrameState
  private let admitted: [(index: Int, choice: Choice)]
  /// The frame's tasks that are not let in, in its order.
  let others: [Int]

  init(_ frame: FrameState) {
    self.frame = frame
    let candidates = Self.candidates(frame)
    let greatest = candidates.map(\.mostSharing)
    let order = candidates.indices.sorted { one, other in
      greatest[one] != greatest[other] ? greatest[one] > greatest[other] : one < other
    }
    let most = largest(in: 0...order.count) { Double($0) <= greatest[order[$0 - 1]] }
    admitted = Self.assigned(order.prefix(most).sorted().map { candidates[$0] }, frame)
    let taken = Set(admitted.map(\.index))
    others = frame.tasks.indices.filter { !taken.contains($0) }
  }

  /// By task.
  private static func candidates(_ frame: FrameState) -> [Candidate] {
    let windows = frame.workers.map { WorkerWindow(frame, worker: $0, exits: .firstGoodEnough) }
    let alone = windows.map { $0.latencies.depths(ofFullBatch: 1) }
    return frame.tasks.indices.sorted { frame.tasks[$0].id < frame.tasks[$1].id }.compactMap { index in
      let task = frame.tasks[index]
      let area = task.area(inCell: frame.bandwidth.value)
      let choices = frame.workers.indices.compactMap { worker -> Choice? in
        guard let exit = windows[worker].exits.exit(of: task, in: frame.workers[worker].profile.blocks) else {
          return nil
        }
        let latest = min(frame.length ?? .infinity, task.deadline - alone[worker][exit])
        let count = area > 0 ? frame.bandwidth.value * latest / area : latest >= 0 ? .infinity : 0
        return count >= 1 ? Choice(worker: worker, exit: exit, mostSharing: count) : nil
      }
      return choices.isEmpty ? nil : Candidate(index: index, choices: choices)
    }
  }

  private static func assigned(_ admitted: [Candidate], _ frame: FrameState) -> [(index: Int, choice: Choice)] {
    var outstanding = frame.workers.map(\.queue.backlog)
    return admitted.compactMap { candidate in
      let able = candidate.choices.filter { $0.mostSharing >= Double(admitted.count) }
      let rank = { (choice: Choice) in (outstanding[choice.worker], frame.workers[choice.worker].id) }
      guard let choice = able.min(by: { rank($0) < rank($1) }) else { return nil }
      outstanding[choice.worker] += 1
      return (candidate.index, choice)
    }
  }

  /// The members of each worker's open plan, by task, in the order of the frame's workers. A class of equal weights is a
  /// class of priority, the heaviest the first.
  var members: [[OpenAllocation.Member]] {
    let weights = Set(admitted.map { frame.tasks[$0.index].weight }).sorted(by: >)
    let priority = Dictionary(uniqueKeysWithValues: weights.enumerated().map { ($1, $0 + 1) })
    var members: [[OpenAllocation.Member]] = frame.workers.map { _ in [] }
    for (index, choice) in admitted {
      let task = frame.tasks[index]
      members[choice.worker].append(
        OpenAllocation.Member(grant(task, exit: choice.exit), priority: priority[task.weight] ?? 1))
    }
    return members
  }

  private func grant(_ task: FrameTask, exit: Int) -> BatchAllocation.Member {
    let area = task.area(inCell: frame.bandwidth.value)
    let share = area > 0 ? frame.bandwidth.value / Double(admitted.count) : 0
    let end = share > 0 ? area / share : 0
    return BatchAllocation.Member(
      task: task.id, bandwidth: Hertz(share),
      rate: BitRate(share * task.uplink.efficiency(over: frame.bandwidth.value)), uploadStart: 0,
      uploadEnd: min(end, frame.length ?? .infinity), entry: task.entry, exit: exit, completion: task.deadline
    )
  }
}
