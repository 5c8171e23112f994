import Allocation
import EdgeModel
import Units

/// Seeded random frames, rich in what goes wrong: ties, empty features, deadlines met exactly, tables that are not
/// monotone, busy workers, batch limits, guards, short frames.
struct RandomFrames {
  var random: RandomStream

  init(seed: UInt64) { random = RandomStream(seed: seed, device: 0, purpose: "frames") }

  /// K ≤ `tasks`, N ≤ `blocks`, one worker.
  mutating func small(tasks most: Int = 10, blocks: Int = 4) -> FrameState {
    let depth = whole(1, blocks)
    let count = whole(0, most)
    let profile = profile(depth: depth, sizes: count)
    let hasAccuracy = chance(0.4)
    var frame = FrameState(
      bandwidth: Hertz(chance(0.5) ? 1e7 : 2e7), length: chance(0.6) ? nil : uniform(0.02, 0.1),
      guardTime: chance(0.5) ? 0 : 0.005,
      workers: [
        WorkerState(
          freeAt: chance(0.5) ? 0 : uniform(0, 0.06), maxBatch: chance(0.6) ? nil : whole(1, 5),
          profile: hasAccuracy ? withAccuracies(profile) : profile)
      ],
      tasks: (0..<count).map { _ in
        FrameTask(
          id: TaskID(device: 0, number: 0), feature: Bits(bits()),
          uplink: .spectralEfficiency(chance(0.5) ? 1 : uniform(0.5, 7)),
          deadline: chance(0.5) ? uniform(0.01, 0.12) : Double(whole(2, 24)) * 0.005,
          requirement: hasAccuracy ? .accuracy(uniform(0.5, 0.97)) : .exit(whole(1, depth)))
      })
    let numbers = (0..<count).shuffled(using: &random)
    for index in frame.tasks.indices { frame.tasks[index].id.number = numbers[index] }
    return chance(0.3) ? withDeadlinesMetExactly(frame) : frame
  }

  private mutating func bits() -> Double {
    switch uniform(0, 1) {
    case ..<0.1: 0
    case ..<0.5: Double(whole(1, 12)) * 50_000
    default: uniform(10_000, 700_000)
    }
  }

  mutating func profile(depth: Int, sizes: Int) -> LatencyProfile {
    let shape = whole(0, 3)
    return LatencyProfile(
      blocks: (0..<depth).map { _ in
        switch shape {
        case 0: BlockProfile(latency: .linear(alpha: 0.0005, beta: 0.002))
        case 1: BlockProfile(latency: .linear(alpha: uniform(0, 0.004), beta: uniform(0, 0.006)))
        case 2: BlockProfile(latency: .table((0..<max(1, sizes)).map { _ in uniform(0.001, 0.01) }))
        default: BlockProfile(latency: .table(measuredShape(max(1, sizes))), head: .linear(alpha: 0.0001, beta: 0.0003))
        }
      })
  }

  /// What engines show: flat up to a tile's size, then a step, with noise on all of it.
  private mutating func measuredShape(_ sizes: Int) -> [Double] {
    let (base, step, tile) = (uniform(0.001, 0.005), uniform(0, 0.004), whole(1, 4))
    return (0..<sizes).map { base + step * Double($0 / tile) + uniform(-0.0003, 0.0003) }
  }

  mutating func withAccuracies(_ profile: LatencyProfile) -> LatencyProfile {
    var copy = profile
    for index in copy.blocks.indices { copy.blocks[index].accuracy = uniform(0.6, 0.98) }
    return copy
  }

  /// Gives some tasks exactly the deadline they would have in a batch of them all.
  private mutating func withDeadlinesMetExactly(_ frame: FrameState) -> FrameState {
    var copy = frame
    let worker = frame.workers[0]
    var chosen: [Int] = []
    for index in frame.tasks.indices where chance(0.5) { chosen.append(index) }
    let areas = chosen.map { frame.tasks[$0].feature.value / frame.tasks[$0].uplink.efficiency(over: 1) }
    let end = max(worker.freeAt - frame.guardTime, areas.reduce(0, +) / frame.bandwidth.value)
    let exits = chosen.map { index in
      if case .exit(let exit) = frame.tasks[index].requirement { exit } else { worker.profile.blocks.count }
    }
    for (position, index) in chosen.enumerated() {
      let depth = (1...exits[position]).reduce(0.0) { depth, block in
        let size = exits.count { $0 >= block }
        return depth + worker.profile.blocks[block - 1].latency.monotoneTable(upTo: size)[size - 1]
      }
      copy.tasks[index].deadline = max(0, end) + frame.guardTime + depth
    }
    return copy
  }

  // MARK: Draws

  mutating func uniform(_ low: Double, _ high: Double) -> Double { low + (high - low) * random.uniform() }
  mutating func whole(_ low: Int, _ high: Int) -> Int { Int.random(in: low...high, using: &random) }
  mutating func chance(_ share: Double) -> Bool { random.uniform() < share }
}
