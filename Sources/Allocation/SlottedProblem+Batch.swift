import EdgeModel
import Units

extension SlottedProblem {
  /// The batch of the candidates at `ranks`, which must be feasible at `slot`: each gets its need, all uploads end at
  /// the slot's instant, members stand deepest exit first. Completions count heads on those who leave. O(b log b + N·b).
  func batch(of ranks: [Int], at slot: Int) -> BatchAllocation {
    let end = grid.instant(slot)
    let start = end + guardTime
    let members = ranks.map { candidates[$0] }.sorted { ($1.exit, $0.task.id) < ($0.exit, $1.task.id) }
    let deepest = members.first?.exit ?? 0
    // With the members' own entries, which only shorten the batch.
    let entering = (0..<deepest).map { index in
      members.count { $0.task.entry <= index + 1 && index + 1 <= $0.exit }
    }
    var depths = [0.0]
    for (index, size) in entering.enumerated() {
      let leaving = members.count { $0.exit == index + 1 }
      depths.append(depths[index] + body(block: index + 1, size: size) + head(exit: index + 1, size: leaving))
    }
    return BatchAllocation(
      worker: worker.id, start: start,
      members: members.map { candidate in
        let task = candidate.task
        let bandwidth = need(of: candidate, at: slot)
        return BatchAllocation.Member(
          task: task.id, bandwidth: Hertz(bandwidth),
          rate: BitRate(bandwidth > 0 ? bandwidth * task.uplink.efficiency(over: bandwidth) : 0),
          uploadStart: uploadStart, uploadEnd: end, entry: task.entry, exit: candidate.exit,
          completion: start + depths[candidate.exit])
      }, entering: entering)
  }
}
