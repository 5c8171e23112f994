import EdgeModel

extension WorkersTally {
  /// The batches in the order of their uploads, each of which begins when that of the batch before ends.
  ///
  /// Only the last batch's uploads are spread until its worker is free; those before leave the cell to the next.
  /// O(b log b + N) for each.
  func batches(in frame: FrameState) -> [BatchAllocation] {
    var uploadStart = 0.0
    let order = orderOfUploads()
    return order.enumerated().map { position, worker in
      let candidates = members[worker].map { rank in
        let candidate = problem.candidates[rank]
        return BatchProblem.Candidate(
          index: candidate.index, area: candidate.area, exit: problem.exit(of: rank, on: worker),
          latest: candidate.latest)
      }
      let batch = BatchProblem(
        candidates, window: problem.windows[worker].following(uploadStart: uploadStart), sharing: problem.sharing)
      let ranks = Array(candidates.indices)
      uploadStart += BatchTally(ranks, of: batch).uploadTime(in: batch)
      return batch.batch(of: ranks, in: frame, leavesCell: position < order.count - 1)
    }
  }
}
