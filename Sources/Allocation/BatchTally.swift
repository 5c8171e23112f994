/// A set of candidates reduced to what decides its feasibility; adding one costs O(1), asking O(N).
///
/// It plans as if every member entered at block 1; members that enter later only shorten the batch.
struct BatchTally {
  /// Members that leave at exit e, at index e.
  private(set) var leaving: [Int]
  /// The tightest `latest` among them [s].
  private var tightest: [Double]
  private(set) var areaSum = 0.0
  private var largestArea = 0.0
  private(set) var count = 0

  init(blockCount: Int) {
    leaving = Array(repeating: 0, count: blockCount + 1)
    tightest = Array(repeating: .infinity, count: blockCount + 1)
  }

  init(_ ranks: [Int], of problem: BatchProblem) {
    self.init(blockCount: problem.window.blockCount)
    for rank in ranks { add(problem.candidates[rank]) }
  }

  /// As it began, without allocating. O(N).
  mutating func clear() {
    for exit in leaving.indices { (leaving[exit], tightest[exit]) = (0, .infinity) }
    (areaSum, largestArea, count) = (0, 0, 0)
  }

  mutating func add(_ candidate: BatchProblem.Candidate) {
    leaving[candidate.exit] += 1
    tightest[candidate.exit] = min(tightest[candidate.exit], candidate.latest)
    areaSum += candidate.area
    largestArea = max(largestArea, candidate.area)
    count += 1
  }

  /// Adds `candidate` where the set stays feasible; else leaves it as it was.
  mutating func add(_ candidate: BatchProblem.Candidate, ifFeasibleIn problem: BatchProblem) -> Bool {
    let (exit, sum, largest) = (candidate.exit, areaSum, largestArea)
    let tight = tightest[exit]
    add(candidate)
    if isFeasible(in: problem) { return true }
    leaving[exit] -= 1
    tightest[exit] = tight
    (areaSum, largestArea, count) = (sum, largest, count - 1)
    return false
  }

  func uploadEnd(in problem: BatchProblem) -> Double {
    problem.uploadEnd(areaSum: areaSum, largestArea: largestArea, count: count)
  }

  /// What the uploads take [s].
  func uploadTime(in problem: BatchProblem) -> Double {
    problem.sharing.uploadTime(
      areaSum: areaSum, largestArea: largestArea, count: count, bandwidth: problem.window.bandwidth)
  }

  /// t ≤ frame, b ≤ max_batch, and t + D_e ≤ T (less guard) for all members, with D_n = Σ_{m≤n} d_m(b_m).
  func isFeasible(in problem: BatchProblem) -> Bool {
    let window = problem.window
    let end = uploadEnd(in: problem)
    guard count <= window.maxBatch, end <= window.latestEnd else { return false }
    var remaining = count
    var depth = 0.0
    var block = 1
    while remaining > 0 {
      depth += window.latencies.seconds(block: block, size: remaining)
      guard leaving[block] == 0 || end + depth <= tightest[block] else { return false }
      remaining -= leaving[block]
      block += 1
    }
    return true
  }

  /// b_n, the size of the batch that enters block n, at index n - 1; as long as the backbone.
  var entering: [Int] {
    var remaining = count
    return leaving.dropFirst().map { leaving in
      defer { remaining -= leaving }
      return remaining
    }
  }
}
