import EdgeModel
import Units

extension BatchProblem {
  /// The batch of the candidates at `ranks`, which must be feasible: grants, completions, members deepest exit first.
  ///
  /// O(b log b + N). Bandwidth is a_k / (t − start) when shared by area, all uploads ending at t; B / b when shared
  /// equally, each upload ending when it is through. Empty features get no bandwidth.
  /// - Parameter leavesCell: whether others upload next, so that uploads take no longer than the whole cell needs for
  ///   them, though the worker be free only later.
  func batch(of ranks: [Int], in frame: FrameState, leavesCell: Bool = false) -> BatchAllocation {
    let tally = BatchTally(ranks, of: self)
    let start = tally.uploadEnd(in: self) + window.guardTime
    let end = leavesCell ? window.uploadStart + tally.uploadTime(in: self) : tally.uploadEnd(in: self)
    // Where uploads are short and begin late their difference loses digits that the quotient keeps.
    let seconds = max(end - window.uploadStart, tally.uploadTime(in: self))
    let entering = enteringSizes(of: ranks, in: frame)
    let depths = window.latencies.depths(entering: entering)
    let ordered = ranks.map { candidates[$0] }.sorted {
      ($1.exit, frame.tasks[$0.index].id) < ($0.exit, frame.tasks[$1.index].id)
    }
    let members = ordered.map { candidate in
      let task = frame.tasks[candidate.index]
      let (bandwidth, uploadEnd) = share(of: candidate.area, amongst: ranks.count, for: seconds, until: end)
      return BatchAllocation.Member(
        task: task.id, bandwidth: Hertz(bandwidth),
        rate: BitRate(bandwidth * task.uplink.efficiency(over: window.bandwidth)), uploadStart: window.uploadStart,
        uploadEnd: uploadEnd, entry: task.entry, exit: candidate.exit, completion: start + depths[candidate.exit])
    }
    return BatchAllocation(worker: window.worker.id, start: start, members: members, entering: entering)
  }

  private func share(
    of area: Double, amongst count: Int, for seconds: Double, until end: Double
  ) -> (bandwidth: Double, end: Double) {
    switch sharing {
    case .byArea: return (area > 0 ? area / seconds : 0, end)
    case .equal:
      guard area > 0 else { return (0, window.uploadStart) }
      let bandwidth = window.bandwidth / Double(count)
      // The largest area's upload defines `end`; its own quotient may be rounded above it.
      return (bandwidth, min(end, window.uploadStart + area / bandwidth))
    }
  }

  /// b_n with the members' own entries, up to the deepest exit.
  private func enteringSizes(of ranks: [Int], in frame: FrameState) -> [Int] {
    let deepest = ranks.reduce(0) { max($0, candidates[$1].exit) }
    var change = Array(repeating: 0, count: deepest + 2)
    for rank in ranks {
      change[frame.tasks[candidates[rank].index].entry] += 1
      change[candidates[rank].exit + 1] -= 1
    }
    var size = 0
    return (1..<(deepest + 1)).map { block in
      size += change[block]
      return size
    }
  }
}
