/// One batch on each of several workers, reduced to what decides whether the cell can upload them all in time.
///
/// A batch can wait for its last byte until its due time L = min over its members of (latest − D_e), or the frame's end
/// where that is earlier. Uploads go batch after batch; by the exchange argument of Jackson's rule (earliest due date
/// on one machine) the order of due times meets all of them where any order does: the batches are feasible when, in
/// that order, uploads up to and with each end by its L, and its worker is free by then.
struct WorkersTally {
  let problem: WorkersProblem
  /// Ranks on each worker.
  private(set) var members: [[Int]]
  /// The worker of each rank; nil where it is not scheduled.
  private(set) var workers: [Int?]
  /// Workers with members in the order of their due times.
  private(set) var order: [Int] = []

  private let stride: Int
  /// Members of worker w that leave at exit e, and the tightest `latest` among them, at w · stride + e.
  private var leaving: [Int]
  private var tightest: [Double]
  private var areaSums: [Double]
  private var largestAreas: [Double]
  /// L, and how long the uploads take [s].
  private var dues: [Double]
  private var spans: [Double]

  init(_ problem: WorkersProblem) {
    self.problem = problem
    let count = problem.windows.count
    stride = problem.windows.reduce(0) { max($0, $1.blockCount) } + 1
    members = Array(repeating: [], count: count)
    workers = Array(repeating: nil, count: problem.candidates.count)
    leaving = Array(repeating: 0, count: count * stride)
    tightest = Array(repeating: .infinity, count: count * stride)
    areaSums = Array(repeating: 0, count: count)
    (largestAreas, dues, spans) = (areaSums, areaSums, areaSums)
  }

  /// What the tasks on all workers count together.
  var worth: Double { members.joined().reduce(0) { $0 + problem.candidates[$1].worth } }

  /// Whether all stays feasible with candidate `rank` on `worker`. O(N + workers).
  func fits(_ rank: Int, on worker: Int) -> Bool {
    let exit = problem.exit(of: rank, on: worker)
    let window = problem.windows[worker]
    guard exit > 0, members[worker].count < window.maxBatch else { return false }
    let candidate = problem.candidates[rank]
    let due = due(of: worker, adding: (exit, candidate.latest))
    guard window.earliestEnd <= due else { return false }
    let span = span(
      of: worker, areaSum: areaSums[worker] + candidate.area,
      largestArea: max(largestAreas[worker], candidate.area), count: members[worker].count + 1)
    var uploaded = 0.0
    var isPlaced = false
    for other in order where other != worker {
      if !isPlaced, (due, worker) < (dues[other], other) {
        uploaded += span
        guard uploaded <= due else { return false }
        isPlaced = true
      }
      uploaded += spans[other]
      guard uploaded <= dues[other] else { return false }
    }
    return isPlaced || uploaded + span <= due
  }

  /// The workers with members, the first free first as far as all uploads then still end in time: where the due times
  /// leave a choice, an early worker need not wait for the uploads of a later one. O(workers³).
  func orderOfUploads() -> [Int] {
    var waiting = order
    var found: [Int] = []
    var uploaded = 0.0
    while let first = waiting.first {
      let byFreedom = waiting.sorted {
        (problem.windows[$0].earliestEnd, $0) < (problem.windows[$1].earliestEnd, $1)
      }
      let next =
        byFreedom.first { worker in
          var end = uploaded + spans[worker]
          return end <= dues[worker]
            && waiting.allSatisfy { other in
              end += other == worker ? 0 : spans[other]
              return other == worker || end <= dues[other]
            }
        } ?? first
      uploaded += spans[next]
      found.append(next)
      waiting.removeAll { $0 == next }
    }
    return found
  }

  /// O(N + workers).
  mutating func add(_ rank: Int, to worker: Int) {
    let exit = problem.exit(of: rank, on: worker)
    let candidate = problem.candidates[rank]
    members[worker].append(rank)
    workers[rank] = worker
    leaving[worker * stride + exit] += 1
    tightest[worker * stride + exit] = min(tightest[worker * stride + exit], candidate.latest)
    areaSums[worker] += candidate.area
    largestAreas[worker] = max(largestAreas[worker], candidate.area)
    settle(worker)
  }

  /// O(b + N + workers).
  mutating func remove(_ rank: Int) {
    guard let worker = workers[rank], let place = members[worker].firstIndex(of: rank) else { return }
    let exit = problem.exit(of: rank, on: worker)
    members[worker].remove(at: place)
    workers[rank] = nil
    leaving[worker * stride + exit] -= 1
    // Sums are made anew: what a hundred subtractions leave behind is not their inverse.
    var (areaSum, largestArea, tight) = (0.0, 0.0, Double.infinity)
    for member in members[worker] {
      let candidate = problem.candidates[member]
      areaSum += candidate.area
      largestArea = max(largestArea, candidate.area)
      if problem.exit(of: member, on: worker) == exit { tight = min(tight, candidate.latest) }
    }
    (areaSums[worker], largestAreas[worker], tightest[worker * stride + exit]) = (areaSum, largestArea, tight)
    settle(worker)
  }

  private mutating func settle(_ worker: Int) {
    order.removeAll { $0 == worker }
    guard !members[worker].isEmpty else { return }
    let due = due(of: worker, adding: nil)
    dues[worker] = due
    spans[worker] = span(
      of: worker, areaSum: areaSums[worker], largestArea: largestAreas[worker], count: members[worker].count)
    order.insert(worker, at: order.firstIndex { (due, worker) < (dues[$0], $0) } ?? order.count)
  }

  /// L of the worker's batch with one more member [s].
  private func due(of worker: Int, adding added: (exit: Int, latest: Double)?) -> Double {
    let window = problem.windows[worker]
    var remaining = members[worker].count + (added == nil ? 0 : 1)
    var due = window.latestEnd
    var depth = 0.0
    var block = 1
    while remaining > 0 {
      depth += window.latencies.seconds(block: block, size: remaining)
      var leave = leaving[worker * stride + block]
      var tight = tightest[worker * stride + block]
      if let added, added.exit == block {
        leave += 1
        tight = min(tight, added.latest)
      }
      if leave > 0 { due = min(due, tight - depth) }
      remaining -= leave
      block += 1
    }
    return due
  }

  private func span(of worker: Int, areaSum: Double, largestArea: Double, count: Int) -> Double {
    problem.sharing.uploadTime(
      areaSum: areaSum, largestArea: largestArea, count: count, bandwidth: problem.windows[worker].bandwidth)
  }
}
