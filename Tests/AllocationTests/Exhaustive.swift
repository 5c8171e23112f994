import Allocation
import EdgeModel
import Units

/// The oracle: the most tasks, or the greatest value, that one batch on the frame's only worker can serve, by trying
/// every subset.
///
/// It computes areas, exits, tables and feasibility itself and assumes nothing about heredity; O(2^K · (K + N)).
struct Exhaustive {
  private struct Entrant {
    var area: Double
    var exit: Int
    var latest: Double
    var weight: Double
  }
  private let frame: FrameState
  private let worker: WorkerState
  private let entrants: [Entrant]
  /// `seconds[n][b]`, from n = 1 and b = 0.
  private let seconds: [[Double]]

  /// - Parameters:
  ///   - runsAllBlocks: batching without early exit.
  ///   - objective: what `greatestValue` adds up.
  init(_ frame: FrameState, runsAllBlocks: Bool = false, objective: Objective = .throughput) {
    let worker = frame.workers[0]
    let blocks = worker.profile.blocks
    self.frame = frame
    self.worker = worker
    entrants = frame.tasks.compactMap { task in
      let area = task.feature.value / task.uplink.efficiency(over: frame.bandwidth.value)
      let latest = Tolerance.reach(of: task.deadline) - frame.guardTime
      var exits = Array(1...blocks.count)
      switch task.requirement {
      case .exit(let exit): exits = exits.filter { $0 >= exit }
      case .accuracy(let least): exits = exits.filter { blocks[$0 - 1].accuracy ?? -1 >= least }
      }
      if runsAllBlocks { exits = exits.filter { $0 == blocks.count } }
      return exits.first.map { Entrant(area: area, exit: $0, latest: latest, weight: objective.weight(of: task)) }
    }
    let count = frame.tasks.count
    seconds =
      [[]]
      + blocks.map { block in
        [0]
          + zip(block.latency.monotoneTable(upTo: count), block.head.monotoneTable(upTo: count)).map(+)
      }
  }

  /// The size of a largest feasible subset.
  func most() -> Int {
    var most = 0
    for subset in 0..<(1 << entrants.count) where subset.nonzeroBitCount > most {
      if isFeasible(subset) { most = subset.nonzeroBitCount }
    }
    return most
  }

  /// The greatest sum of weights of a feasible subset.
  func greatestValue() -> Double {
    var greatest = 0.0
    for subset in 0..<(1 << entrants.count) {
      var value = 0.0
      for index in entrants.indices where subset >> index & 1 == 1 { value += entrants[index].weight }
      if value > greatest, isFeasible(subset) { greatest = value }
    }
    return greatest
  }

  private func isFeasible(_ subset: Int) -> Bool {
    let size = subset.nonzeroBitCount
    guard size <= worker.maxBatch ?? .max else { return false }
    var areaSum = 0.0
    var leaving = Array(repeating: 0, count: seconds.count)
    for index in entrants.indices where subset >> index & 1 == 1 {
      areaSum += entrants[index].area
      leaving[entrants[index].exit] += 1
    }
    let end = max(0, worker.freeAt - frame.guardTime, areaSum / frame.bandwidth.value)
    guard Tolerance.isAtMost(end, frame.length ?? .infinity) else { return false }
    var depths = [0.0]
    var remaining = size
    for block in 1..<seconds.count {
      depths.append(depths[block - 1] + seconds[block][remaining])
      remaining -= leaving[block]
    }
    return entrants.indices.allSatisfy { index in
      subset >> index & 1 == 0 || end + depths[entrants[index].exit] <= entrants[index].latest
    }
  }
}
