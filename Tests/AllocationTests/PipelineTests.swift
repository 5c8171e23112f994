import Allocation
import EdgeModel
import Testing
import Units

/// The unbatched baselines against every order of every subset.
@Suite struct PipelineTests {
  @Test(arguments: [Unbatched.noBatching, .conventional])
  func losesLittleAgainstEveryOrder(policy: Unbatched) {
    var frames = RandomFrames(seed: 12)
    var (served, possible) = (0, 0)
    for index in 0..<400 {
      let frame = frames.small(tasks: 5)
      let answer = policy.allocate(frame, budget: .unlimited)
      let most = EveryOrder(frame, runsAllBlocks: policy.name == "conventional").most()
      #expect(answer.scheduledCount <= most, "frame \(index)")
      served += answer.scheduledCount
      possible += most
    }
    #expect(Double(possible - served) <= 0.005 * Double(possible), "\(served) of \(possible)")
  }

  @Test func executionOverlapsUploads() throws {
    let block = BlockProfile(latency: .linear(alpha: 0, beta: 0.01))
    let frame = FrameState(
      bandwidth: .megahertz(10), workers: [WorkerState(profile: LatencyProfile(blocks: [block]))],
      tasks: (0..<3).map {
        FrameTask(
          id: TaskID(device: 0, number: $0), feature: Bits(100_000), uplink: .spectralEfficiency(1), deadline: 0.041,
          requirement: .exit(1))
      })
    let answer = Unbatched.noBatching.allocate(frame, budget: .unlimited)
    #expect(answer.batches.map(\.members.count) == [1, 1, 1])
    #expect(answer.batches.allSatisfy { $0.entering == [1] })
    #expect(abs((answer.batches.last?.members.first?.completion ?? 0) - 0.04) < 1e-12)
  }
}

/// The most unbatched tasks in time, over all orders of all subsets.
private struct EveryOrder {
  private var jobs: [(upload: Double, run: Double, deadline: Double)] = []
  private let frame: FrameState

  init(_ frame: FrameState, runsAllBlocks: Bool) {
    self.frame = frame
    let blocks = frame.workers[0].profile.blocks
    for task in frame.tasks {
      let exits = (1...blocks.count).filter { exit in
        guard !runsAllBlocks || exit == blocks.count else { return false }
        switch task.requirement {
        case .exit(let least): return exit >= least
        case .accuracy(let least): return blocks[exit - 1].accuracy ?? -1 >= least
        }
      }
      guard let exit = exits.first else { continue }
      jobs.append(
        (
          task.feature.value / task.uplink.efficiency(over: 1) / frame.bandwidth.value,
          blocks[..<exit].reduce(0) { $0 + $1.seconds(1) }, task.deadline
        ))
    }
  }

  func most() -> Int { most(uploaded: 0, free: frame.workers[0].freeAt, used: 0) }

  private func most(uploaded: Double, free: Double, used: Int) -> Int {
    var most = 0
    for (index, job) in jobs.enumerated() where used >> index & 1 == 0 {
      let end = uploaded + job.upload
      let done = max(end + frame.guardTime, free) + job.run
      // A frame's tasks begin by the end of the next frame.
      let begins = max(end + frame.guardTime, free)
      guard Tolerance.isAtMost(end, frame.length ?? .infinity), Tolerance.isAtMost(done, job.deadline),
        Tolerance.isAtMost(begins, frame.length.map { 2 * $0 } ?? .infinity)
      else { continue }
      most = max(most, 1 + self.most(uploaded: end, free: done, used: used | 1 << index))
    }
    return most
  }
}
