import EdgeModel

/// Divides a frame among several workers, one batch each, with a packing for one batch; a heuristic for the most tasks.
///
/// Workers join one after another in the order given. With each, the best division for those before it, with nothing
/// for the new one, is a first candidate; so another worker never lowers what is scheduled. Further candidates pack
/// worker after worker, the first free first, without and with caps that leave a share to those behind. Each candidate
/// is improved by moving tasks (`WorkersImprovement`), and the best is kept.
///
/// One by one this asks O(W²) packings, so beyond `mostJoining` workers all join at once: O(W) packings, and no promise
/// about another worker.
struct WorkersSearch {
  let frame: FrameState
  let windows: [WorkerWindow]
  let sharing: UplinkSharing
  let keepsDominated: Bool
  let worth: @Sendable (FrameTask) -> Double
  /// Whether tasks may be moved and added beyond what the packing chose.
  let improves: Bool

  private static let mostJoining = 8

  /// Positions of the tasks on each worker.
  private typealias Division = [[Int]]

  func best(pack: (BatchProblem) -> [Int]) -> WorkersTally {
    // First, so that a search with a budget of nodes spends it on what it would do without the rest.
    let simple = chain(firstFreeFirst(windows.count), cap: .max, leavesCell: false, pack: pack)
    var best = WorkersTally(problem(of: [], on: 0))
    let first = windows.count <= Self.mostJoining ? 1 : windows.count
    var division: Division = Array(repeating: [], count: first - 1)
    for count in first...windows.count {
      best = self.best(
        of: candidates(on: count, from: division + [[]], simple: count == windows.count ? simple : nil, pack: pack),
        on: count)
      division = best.members.map { $0.map { best.problem.candidates[$0].index } }
    }
    return best
  }

  private func candidates(
    on count: Int, from division: Division, simple: Division?, pack: (BatchProblem) -> [Int]
  ) -> [Division] {
    let order = firstFreeFirst(count)
    let simple = simple ?? chain(order, cap: .max, leavesCell: false, pack: pack)
    guard count > 1 else { return [simple] }
    var found = [division, simple]
    if windows[..<count].contains(where: { $0.earliestEnd > 0 }) {
      found.append(chain(order, cap: .max, leavesCell: true, pack: pack))
    }
    let most = found.reduce(0) { max($0, Self.size($1)) }
    if most > 0 { found.append(chain(order, cap: (most + count - 1) / count, leavesCell: true, pack: pack)) }
    return found
  }

  private func firstFreeFirst(_ count: Int) -> [Int] {
    (0..<count).sorted { (windows[$0].worker.freeAt, $0) < (windows[$1].worker.freeAt, $1) }
  }

  private static func size(_ division: Division) -> Int { division.reduce(0) { $0 + $1.count } }

  private func chain(
    _ order: [Int], cap: Int, leavesCell: Bool, pack: (BatchProblem) -> [Int]
  ) -> Division {
    var division: Division = Array(repeating: [], count: order.count)
    var waiting = Array(frame.tasks.indices)
    var isTaken = Array(repeating: false, count: frame.tasks.count)
    var uploadStart = 0.0
    for (position, worker) in order.enumerated() where !waiting.isEmpty {
      let window = windows[worker].following(
        uploadStart: uploadStart, cap: position < order.count - 1 ? cap : .max)
      let problem = BatchProblem(
        frame, indices: waiting, window: window, sharing: sharing, keepsDominated: keepsDominated)
      let ranks = problem.candidates.isEmpty ? [] : pack(problem)
      guard !ranks.isEmpty else { continue }
      let tally = BatchTally(ranks, of: problem)
      uploadStart = leavesCell ? uploadStart + tally.uploadTime(in: problem) : tally.uploadEnd(in: problem)
      division[worker] = ranks.map { problem.candidates[$0].index }
      for index in division[worker] { isTaken[index] = true }
      waiting.removeAll { isTaken[$0] }
    }
    return division
  }

  private func best(of divisions: [Division], on count: Int) -> WorkersTally {
    let problem = problem(of: divisions.flatMap { $0.joined() }, on: count)
    var ranks = Array(repeating: 0, count: frame.tasks.count)
    for (rank, candidate) in problem.candidates.enumerated() { ranks[candidate.index] = rank }
    var tallies = divisions.map { division in
      var tally = WorkersTally(problem)
      for (worker, indices) in division.enumerated() {
        for index in indices { tally.add(ranks[index], to: worker) }
      }
      return tally
    }
    if improves, count > 1 { WorkersImprovement.improve(&tallies) }
    return tallies.dropFirst().reduce(tallies[0]) { $1.worth > $0.worth ? $1 : $0 }
  }

  private func problem(of tasks: [Int], on count: Int) -> WorkersProblem {
    WorkersProblem(
      frame, windows: Array(windows[..<count]), sharing: sharing, keepsDominated: keepsDominated, keeping: tasks,
      worth: worth)
  }
}
