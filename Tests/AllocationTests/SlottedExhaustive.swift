import Allocation
import EdgeModel
import Units

/// The oracle on a grid of slots: the most tasks one batch on the frame's only worker can serve, by trying every
/// subset at every slot.
///
/// It computes needs by bisection or by counting blocks, exits, tables and feasibility itself, and assumes nothing about
/// heredity or about how needs change with time; O(slots · 2^K · (K + N)).
struct SlottedExhaustive {
  private let frame: FrameState
  private let blocks: [BlockProfile]
  private let exits: [Int?]
  /// `seconds[n][b]`, from n = 1 and b = 0.
  private let bodies: [[Double]]
  private let heads: [[Double]]

  init(_ frame: FrameState) {
    let blocks = frame.workers[0].profile.blocks
    self.frame = frame
    self.blocks = blocks
    exits = frame.tasks.map { task in
      (1...blocks.count).first { exit in
        switch task.requirement {
        case .exit(let least): exit >= least
        case .accuracy(let least): blocks[exit - 1].accuracy ?? -1 >= least
        }
      }
    }
    let count = frame.tasks.count
    bodies = [[]] + blocks.map { [0] + $0.latency.monotoneTable(upTo: count) }
    heads = [[]] + blocks.map { [0] + $0.head.monotoneTable(upTo: count) }
  }

  /// The size of a largest feasible subset, at any slot.
  func most() -> Int {
    guard let slot = frame.slot else { return 0 }
    let last = frame.tasks.map(\.deadline).max() ?? 0
    var most = 0
    var index = 0
    while Double(index) * slot <= last + slot {
      most = largestBatch(at: Double(index) * slot, atLeast: most)
      index += 1
    }
    return most
  }

  private func largestBatch(at end: Double, atLeast least: Int) -> Int {
    guard Tolerance.isAtMost(end, frame.length ?? .infinity),
      Tolerance.isAtMost(frame.workers[0].freeAt - frame.guardTime, end)
    else { return least }
    let needs = frame.tasks.map { need(of: $0, within: end) }
    var most = least
    for subset in 0..<(1 << frame.tasks.count) where subset.nonzeroBitCount > most {
      if isFeasible(subset, end: end, needs: needs) { most = subset.nonzeroBitCount }
    }
    return most
  }

  /// [Hz]; infinite where there is none.
  private func need(of task: FrameTask, within time: Double) -> Double {
    guard task.feature.value > 0 else { return 0 }
    func carries(_ width: Double) -> Bool {
      width > 0 && Tolerance.isAtMost(1, width * task.uplink.efficiency(over: width) * time / task.feature.value)
    }
    let cell = frame.bandwidth.value
    if let block = frame.resourceBlock?.value {
      let count = Int((cell * (1 + Tolerance.part) / block).rounded(.down))
      return (1..<(count + 1)).first { carries(Double($0) * block) }.map { Double($0) * block } ?? .infinity
    }
    guard carries(cell) else { return .infinity }
    var (low, high) = (0.0, cell)
    for _ in 0..<100 {
      let middle = (low + high) / 2
      let isEnough = middle * task.uplink.efficiency(over: middle) * time >= task.feature.value
      if isEnough { high = middle } else { low = middle }
    }
    return high
  }

  private func isFeasible(_ subset: Int, end: Double, needs: [Double]) -> Bool {
    let size = subset.nonzeroBitCount
    guard size <= frame.workers[0].maxBatch ?? .max else { return false }
    let members = frame.tasks.indices.filter { subset >> $0 & 1 == 1 }
    guard Tolerance.isAtMost(members.reduce(0) { $0 + needs[$1] } / frame.bandwidth.value, 1) else { return false }
    var done = [end + frame.guardTime]
    for block in 1..<(blocks.count + 1) {
      let entering = members.count { exits[$0] ?? 0 >= block }
      let leaving = members.count { exits[$0] == block }
      done.append(done[block - 1] + bodies[block][entering] + heads[block][leaving])
    }
    return members.allSatisfy { member in
      exits[member].map { Tolerance.isAtMost(done[$0], frame.tasks[member].deadline) } ?? false
    }
  }
}
