import Allocation
import EdgeModel
import Units

#if canImport(Glibc)
  import Glibc
#endif

/// Frames for policies on a grid of slots: fixed transmit power, resource blocks, exit heads, all of it at boundaries.
extension RandomFrames {
  /// K ≤ `tasks`, N ≤ 3, one worker, at most some 30 slots, everybody enters at block 1.
  mutating func slotted(tasks most: Int = 7) -> FrameState {
    var frame = small(tasks: most, blocks: 3)
    frame.slot = chance(0.5) ? 0.005 : uniform(0.004, 0.02)
    frame.resourceBlock =
      chance(0.5)
      ? nil : Hertz(chance(0.5) ? frame.bandwidth.value / Double(whole(1, 12)) : 180e3 * Double(whole(1, 20)))
    for index in frame.workers[0].profile.blocks.indices {
      frame.workers[0].profile.blocks[index].head = head(sizes: frame.tasks.count)
    }
    for index in frame.tasks.indices where chance(0.7) {
      frame.tasks[index].uplink = .signalToNoise(frame.bandwidth.value * pow(10, uniform(-1, 2.5)))
    }
    for index in frame.tasks.indices where chance(0.3) { meetBoundary(index, in: &frame) }
    return frame
  }

  /// As `slotted`, with later entries, sometimes several workers, and sometimes no slot.
  mutating func varied() -> FrameState {
    var frame = slotted(tasks: 12)
    let depth = frame.workers[0].profile.blocks.count
    for index in frame.tasks.indices where chance(0.3) {
      if case .exit(let exit) = frame.tasks[index].requirement { frame.tasks[index].entry = whole(1, exit) }
    }
    if chance(0.5) {
      var second = frame.workers[0]
      second.id = 1
      second.name = "w1"
      second.freeAt = uniform(0, 0.05)
      frame.workers.append(second)
    }
    if chance(0.3) { frame.slot = nil }
    if depth > 1, chance(0.3) { frame.workers[0].profile.blocks.removeLast() }
    return frame
  }

  private mutating func head(sizes: Int) -> LatencyCurve {
    switch whole(0, 2) {
    case 0: .zero
    case 1: .linear(alpha: uniform(0, 0.002), beta: uniform(0, 0.004))
    default: .table((0..<max(1, sizes)).map { _ in uniform(0, 0.006) })
    }
  }

  /// Gives a task a feature that some share of the cell carries in exactly some slots, or the deadline that it meets
  /// exactly when it is alone at some slot.
  private mutating func meetBoundary(_ index: Int, in frame: inout FrameState) {
    let end = Double(whole(1, 8)) * (frame.slot ?? 0.005)
    let width = frame.bandwidth.value / Double(whole(1, 4))
    if chance(0.5) {
      frame.tasks[index].feature = Bits(width * frame.tasks[index].uplink.efficiency(over: width) * end)
    } else {
      let blocks = frame.workers[0].profile.blocks
      guard case .exit(let exit) = frame.tasks[index].requirement else { return }
      let bodies = blocks[..<exit].reduce(0) { $0 + $1.latency.monotoneTable(upTo: 1)[0] }
      frame.tasks[index].deadline = end + frame.guardTime + bodies + blocks[exit - 1].head.monotoneTable(upTo: 1)[0]
    }
  }

  /// The distribution of `benchmark` with fixed transmit power: the SNR is what a twentieth of the cell would have.
  mutating func slottedBenchmark(
    tasks: Int, blocks: Int, bandwidth: Double = 1e8, resourceBlock: Double? = 180e3, slot: Double = 0.0005,
    head: LatencyCurve = .linear(alpha: 0.00005, beta: 0.0001)
  ) -> FrameState {
    var frame = benchmark(tasks: tasks, blocks: blocks, bandwidth: bandwidth)
    frame.slot = slot
    frame.resourceBlock = resourceBlock.map { Hertz($0) }
    for index in frame.workers[0].profile.blocks.indices { frame.workers[0].profile.blocks[index].head = head }
    for index in frame.tasks.indices {
      let ratio = exp2(frame.tasks[index].uplink.efficiency(over: 1)) - 1
      frame.tasks[index].uplink = .signalToNoise(ratio * bandwidth / 20)
    }
    return frame
  }
}
