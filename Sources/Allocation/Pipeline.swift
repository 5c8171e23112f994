/// Orders unbatched tasks through uplink and worker, two machines in series, so that many meet their deadlines.
///
/// The most tasks in time in a two-machine flow shop is NP-hard. The set grows in several orders of preference, each
/// task inserted wherever the whole stays in time; the largest set is taken. O(K log K + K·b²), where K is bounded by
/// `mostTried`, and in orders longer than `mostMoved` a task is tried at its deadline's place only.
struct Pipeline {
  private static let mostTried = 4096
  private static let mostMoved = 64

  private struct Job {
    /// On the uplink, on the worker [s].
    var upload: Double
    var run: Double
    /// Latest completion less the guard [s].
    var latest: Double
  }
  private let jobs: [Job]
  private let uploadStart: Double
  private let earliestEnd: Double
  private let latestEnd: Double

  init(_ problem: BatchProblem) {
    let window = problem.window
    let depths = window.latencies.depths(ofFullBatch: 1)
    (uploadStart, earliestEnd, latestEnd) = (window.uploadStart, window.earliestEnd, window.latestEnd)
    jobs = problem.candidates.map { candidate in
      Job(upload: candidate.area / window.bandwidth, run: depths[candidate.exit], latest: candidate.latest)
    }
  }

  /// Ranks in the order of uploads and execution.
  func order() -> [Int] {
    let preferences: [(Job) -> Double] = [
      { max($0.upload, $0.run) }, { $0.upload + $0.run }, { $0.run }, { $0.upload }, { $0.latest },
      { $0.latest - $0.upload - $0.run },
    ]
    var best: [Int] = []
    for preference in preferences {
      let keys = jobs.map(preference)
      let grown = grow(jobs.indices.sorted { (keys[$0], $0) < (keys[$1], $1) })
      if grown.count > best.count { best = grown }
    }
    return best
  }

  /// Inserts the tasks in the order of preference, each at the first place where everybody stays in time.
  private func grow(_ preferred: [Int]) -> [Int] {
    var order: [Int] = []
    for rank in preferred.prefix(Self.mostTried) {
      // By deadline first: the place most likely to be right.
      let byDeadline = order.firstIndex { jobs[$0].latest > jobs[rank].latest } ?? order.count
      let others = order.count <= Self.mostMoved ? 0...order.count : byDeadline...byDeadline
      for place in [byDeadline] + others.filter({ $0 != byDeadline }) {
        order.insert(rank, at: place)
        if isInTime(order) { break }
        order.remove(at: place)
      }
    }
    return order
  }

  private func isInTime(_ order: [Int]) -> Bool {
    var (uploaded, free) = (uploadStart, earliestEnd)
    for rank in order {
      uploaded += jobs[rank].upload
      free = max(uploaded, free) + jobs[rank].run
      guard uploaded <= latestEnd, free <= jobs[rank].latest else { return false }
    }
    return true
  }
}
