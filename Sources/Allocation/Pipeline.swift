/// Orders unbatched tasks through the uplink and the workers behind it so that many meet their deadlines.
///
/// The uplink and a worker are two machines in series, and the most tasks in time in such a flow shop is NP-hard. Tasks
/// run in the order of their uploads, each on the worker that is done with it first. The set grows in several orders of
/// preference, each task inserted wherever the whole stays in time; the largest set is taken. O(K log K + K·W·b²) for
/// W workers, where K is bounded by `mostTried`, and in orders longer than `mostMoved` a task is tried at its
/// deadline's place only.
///
/// Where there are frames, a frame's tasks begin to run by the end of the next one, when that one's tasks are in. A
/// policy that looks at one frame would else book the worker up to the latest deadline, and once it is booked that far,
/// only tasks with that deadline have a chance, however long they run.
struct Pipeline {
  private static let mostTried = 4096
  private static let mostMoved = 64

  private struct Job {
    /// On the uplink [s].
    var upload: Double
    /// On the worker that is fastest with it [s].
    var run: Double
    /// Latest completion less the guard [s].
    var latest: Double
  }
  private let jobs: [Job]
  /// Positions of the workers among the problem's.
  private let workers: [Int]
  /// What candidate `rank` takes on `workers[i]` at `rank * workers.count + i` [s]; infinite where it is not to run.
  private let runs: [Double]
  /// Less the guard [s].
  private let freeAt: [Double]
  private let uploadStart: Double
  private let latestEnd: Double
  /// By when a task must begin to run, less the guard [s].
  private let horizon: Double

  /// - Parameters:
  ///   - workers: those to be used, at least one; nil: all of the problem's.
  ///   - uploadStart: when uploads may begin [s].
  ///   - frameLength: nil where there are no frames [s].
  init(_ problem: WorkersProblem, frameLength: Double?, workers: [Int]? = nil, uploadStart: Double = 0) {
    let workers = workers ?? Array(problem.windows.indices)
    let depths = problem.windows.map { $0.latencies.depths(ofFullBatch: 1) }
    let runs = problem.candidates.indices.flatMap { rank in
      workers.map { worker in
        let exit = problem.exit(of: rank, on: worker)
        return exit > 0 ? depths[worker][exit] : .infinity
      }
    }
    let bandwidth = problem.windows[0].bandwidth
    jobs = problem.candidates.enumerated().map { rank, candidate in
      Job(
        upload: candidate.area / bandwidth,
        run: runs[rank * workers.count..<(rank + 1) * workers.count].reduce(.infinity, min), latest: candidate.latest)
    }
    (self.workers, self.runs, self.uploadStart) = (workers, runs, uploadStart)
    freeAt = workers.map { max(uploadStart, problem.windows[$0].earliestEnd) }
    latestEnd = problem.windows[0].latestEnd
    horizon = frameLength.map { 2 * $0 - problem.windows[0].guardTime } ?? .infinity
  }

  /// Ranks in the order of uploads, each with the position of its worker.
  func order(without taken: Set<Int> = []) -> [(rank: Int, worker: Int)] {
    let preferences: [(Job) -> Double] = [
      { max($0.upload, $0.run) }, { $0.upload + $0.run }, { $0.run }, { $0.upload }, { $0.latest },
      { $0.latest - $0.upload - $0.run },
    ]
    let ranks = jobs.indices.filter { jobs[$0].run < .infinity && !taken.contains($0) }
    var best: [Int] = []
    for preference in preferences {
      let keys = jobs.map(preference)
      let grown = grow(ranks.sorted { (keys[$0], $0) < (keys[$1], $1) })
      if grown.count > best.count { best = grown }
    }
    return assigned(best)
  }

  private func assigned(_ order: [Int]) -> [(rank: Int, worker: Int)] {
    var (uploaded, free) = (uploadStart, freeAt)
    return order.map { rank in
      uploaded += jobs[rank].upload
      let (position, done) = firstDone(rank, uploaded, free)
      free[position] = done
      return (rank, workers[position])
    }
  }

  /// The worker that completes the task first, of equal ones the first, and when [s].
  private func firstDone(_ rank: Int, _ uploaded: Double, _ free: [Double]) -> (position: Int, done: Double) {
    var best = (position: 0, done: Double.infinity)
    for position in workers.indices {
      let done = max(uploaded, free[position]) + runs[rank * workers.count + position]
      if done < best.done { best = (position, done) }
    }
    return best
  }

  /// Inserts the tasks in the order of preference, each at the first place where everybody stays in time.
  private func grow(_ preferred: [Int]) -> [Int] {
    var order: [Int] = []
    var free = freeAt
    for rank in preferred.prefix(Self.mostTried) {
      // By deadline first: the place most likely to be right.
      let byDeadline = order.firstIndex { jobs[$0].latest > jobs[rank].latest } ?? order.count
      let others = order.count <= Self.mostMoved ? 0...order.count : byDeadline...byDeadline
      for place in [byDeadline] + others.filter({ $0 != byDeadline }) {
        order.insert(rank, at: place)
        if isInTime(order, &free) { break }
        order.remove(at: place)
      }
    }
    return order
  }

  /// - Parameter free: scratch, so that no question allocates.
  private func isInTime(_ order: [Int], _ free: inout [Double]) -> Bool {
    var uploaded = uploadStart
    for position in free.indices { free[position] = freeAt[position] }
    for rank in order {
      uploaded += jobs[rank].upload
      let (position, done) = firstDone(rank, uploaded, free)
      let begins = max(uploaded, free[position])
      guard uploaded <= latestEnd, done <= jobs[rank].latest, begins <= horizon else { return false }
      free[position] = done
    }
    return true
  }
}
