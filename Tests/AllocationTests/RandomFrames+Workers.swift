import EdgeModel

extension RandomFrames {
  /// K ≤ `tasks` on 2 to `workers` workers: some like the first, some with another depth, latency or accuracy; some idle
  /// and some busy, some with a batch limit.
  mutating func severalWorkers(tasks: Int = 6, workers: Int = 3) -> FrameState {
    var frame = small(tasks: tasks)
    let first = frame.workers[0]
    let hasAccuracy = first.profile.blocks[0].accuracy != nil
    for number in 1..<whole(2, workers) {
      var worker = first
      if chance(0.6) {
        let depth = chance(0.7) ? first.profile.blocks.count : whole(1, 4)
        let profile = profile(depth: depth, sizes: frame.tasks.count)
        worker.profile = hasAccuracy ? withAccuracies(profile) : profile
        worker.maxBatch = chance(0.6) ? nil : whole(1, 4)
      }
      if chance(0.6) { worker.freeAt = chance(0.4) ? 0 : uniform(0, 0.06) }
      worker.id = WorkerID(number)
      worker.name = "w\(number)"
      frame.workers.append(worker)
    }
    frame.workers.shuffle(using: &random)
    return frame
  }

  /// The benchmark's frames with more workers, each 1 to 3 times as slow as the first, some of them busy.
  mutating func benchmark(tasks: Int, blocks: Int, workers: Int, bandwidth: Double = 1e8) -> FrameState {
    var frame = benchmark(tasks: tasks, blocks: blocks, bandwidth: bandwidth)
    for number in 1..<max(workers, 1) {
      var worker = frame.workers[0]
      let factor = Double(whole(1, 3))
      let block = BlockProfile(latency: .linear(alpha: 0.0003 * factor, beta: 0.001 * factor))
      worker.profile = LatencyProfile(blocks: Array(repeating: block, count: blocks))
      worker.freeAt = chance(0.5) ? 0 : uniform(0, 0.03)
      worker.id = WorkerID(number)
      worker.name = "w\(number)"
      frame.workers.append(worker)
    }
    return frame
  }
}
