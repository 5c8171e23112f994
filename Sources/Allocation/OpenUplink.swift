import EdgeModel
import Units

/// The uplink of policies with open plans: everybody gets an equal share, from the frame's edge until they are through.
///
/// A task goes to the worker with the fewest tasks outstanding, as a balancer in front of serving systems does. A cell
/// without allocation cannot carry everyone: those are let in whom the share that is left for each carries to the worker
/// within the frame, and in time to be answered alone on an idle worker. With K let in, task k's upload ends at
/// K·a_k / B, so k needs K ≤ c_k = B·min(frame, T_k − D_k) / a_k; the most that can be let in is the largest K for which
/// K tasks have c_k ≥ K, those with the greatest c_k. O(K (log K + workers)).
struct OpenUplink {
  /// A task that may be let in.
  private struct Candidate {
    /// Position among the frame's tasks, and among its workers.
    var index: Int
    var worker: Int
    var exit: Int
    /// c_k.
    var mostSharing: Double
  }
  private let frame: FrameState
  private let admitted: [Candidate]
  /// The frame's tasks that are not let in, in its order.
  let others: [Int]

  init(_ frame: FrameState) {
    self.frame = frame
    var candidates = Self.candidates(frame)
    candidates.sort { one, other in
      one.mostSharing != other.mostSharing
        ? one.mostSharing > other.mostSharing : frame.tasks[one.index].id < frame.tasks[other.index].id
    }
    let most = largest(in: 0...candidates.count) { [candidates] in Double($0) <= candidates[$0 - 1].mostSharing }
    admitted = candidates.prefix(most).sorted { frame.tasks[$0.index].id < frame.tasks[$1.index].id }
    let taken = Set(admitted.map(\.index))
    others = frame.tasks.indices.filter { !taken.contains($0) }
  }

  private static func candidates(_ frame: FrameState) -> [Candidate] {
    let windows = frame.workers.map { WorkerWindow(frame, worker: $0, exits: .firstGoodEnough) }
    let alone = windows.map { $0.latencies.depths(ofFullBatch: 1) }
    var outstanding = frame.workers.map(\.queue.backlog)
    var candidates: [Candidate] = []
    for index in frame.tasks.indices.sorted(by: { frame.tasks[$0].id < frame.tasks[$1].id }) {
      let task = frame.tasks[index]
      let area = task.area(inCell: frame.bandwidth.value)
      var best: Candidate?
      for worker in frame.workers.indices {
        guard let exit = windows[worker].exits.exit(of: task, in: frame.workers[worker].profile.blocks) else {
          continue
        }
        let latest = min(frame.length ?? .infinity, task.deadline - alone[worker][exit])
        let count = area > 0 ? frame.bandwidth.value * latest / area : latest >= 0 ? .infinity : 0
        guard count >= 1, best.map({ outstanding[worker] < outstanding[$0.worker] }) ?? true else { continue }
        best = Candidate(index: index, worker: worker, exit: exit, mostSharing: count)
      }
      guard let best else { continue }
      outstanding[best.worker] += 1
      candidates.append(best)
    }
    return candidates
  }

  /// The members of each worker's open plan, by task, in the order of the frame's workers. A class of equal weights is a
  /// class of priority, the heaviest the first.
  var members: [[OpenAllocation.Member]] {
    let weights = Set(admitted.map { frame.tasks[$0.index].weight }).sorted(by: >)
    let priority = Dictionary(uniqueKeysWithValues: weights.enumerated().map { ($1, $0 + 1) })
    var members: [[OpenAllocation.Member]] = frame.workers.map { _ in [] }
    for candidate in admitted {
      let weight = frame.tasks[candidate.index].weight
      members[candidate.worker].append(OpenAllocation.Member(grant(candidate), priority: priority[weight] ?? 1))
    }
    return members
  }

  private func grant(_ candidate: Candidate) -> BatchAllocation.Member {
    let task = frame.tasks[candidate.index]
    let area = task.area(inCell: frame.bandwidth.value)
    let share = area > 0 ? frame.bandwidth.value / Double(admitted.count) : 0
    let end = share > 0 ? area / share : 0
    return BatchAllocation.Member(
      task: task.id, bandwidth: Hertz(share),
      rate: BitRate(share * task.uplink.efficiency(over: frame.bandwidth.value)), uploadStart: 0,
      uploadEnd: min(end, frame.length ?? .infinity), entry: task.entry, exit: candidate.exit, completion: task.deadline
    )
  }
}
