public import EdgeModel

/// `best-shelf-packing`: batching without early exit, the most tasks, exact, O(K log K).
///
/// Every task runs all N blocks, so a batch of b takes D(b) = Σ_n d_n(b) and slack_k = T_k − D(b). Source: Liu, Lan,
/// Huang (best-shelf-packing); the body is ours (the paper's full text was not available), after the section
/// "Best-shelf-packing" of Docs/Policies.md.
///
/// A shelf is a least deadline: the tasks on it have latest_k ≥ l. On it b tasks fit when the b least areas are
/// uploaded by l − D(b), which gets harder with b. The sweep lowers the shelf and keeps one best size for all shelves,
/// so it asks at most 2 K times for a sum of b least areas; a Fenwick tree over area ranks answers in O(log K).
public struct BestShelfPacking: AllocationPolicy {
  public static let name = "best-shelf-packing"
  /// The name in the answer; tables call it `no-early-exit` beside the policies that have one.
  private let name: String

  public init() { name = Self.name }
  init(name: String) { self.name = name }

  public func allocate(_ frame: FrameState, budget: SearchBudget) -> FrameAllocation {
    FramePacking(policy: name, exits: .last).allocate(frame, status: { .optimal }, pack: Self.pack)
  }

  /// Ranks of a largest feasible set, at its least upload end.
  static func pack(_ problem: BatchProblem) -> [Int] {
    var shelves = ShelfSweep(problem)
    var size = 0
    shelves.sweep { shelf in
      while size < problem.maxBatch, shelf.fits(size + 1) { size += 1 }
      return true
    }
    return shelves.bestChannels(size)
  }
}

/// Lowers a shelf over the tasks' deadlines, latest first, with the areas of the tasks on it in a Fenwick tree.
private struct ShelfSweep {
  private let problem: BatchProblem
  /// Ranks, latest deadline first.
  private let byDeadline: [Int]
  private var onShelf: AreaRanks
  /// The tightest `latest` on the shelf [s].
  private var tightest = Double.infinity

  init(_ problem: BatchProblem) {
    self.problem = problem
    let candidates = problem.candidates
    byDeadline = candidates.indices.sorted { (candidates[$1].latest, $0) < (candidates[$0].latest, $1) }
    onShelf = AreaRanks(capacity: candidates.count)
  }

  /// Lays the tasks on the shelf one by one, from an empty one, as long as `visit` wants more.
  mutating func sweep(_ visit: (borrowing ShelfSweep) -> Bool) {
    onShelf = AreaRanks(capacity: byDeadline.count)
    for rank in byDeadline {
      onShelf.insert(rank, area: problem.candidates[rank].area)
      tightest = problem.candidates[rank].latest
      guard visit(self) else { return }
    }
  }

  /// Whether the `size` least areas on the shelf are feasible with the shelf's deadline. O(log K + N).
  func fits(_ size: Int) -> Bool {
    guard let end = uploadEnd(size) else { return false }
    var depth = 0.0
    for block in 1...problem.window.blockCount {
      depth += problem.window.latencies.seconds(block: block, size: size)
    }
    return end <= problem.window.latestEnd && end + depth <= tightest
  }

  /// The `size` least areas of the shelf where they end first, best channel first.
  ///
  /// The lower the shelf, the more tasks to choose from and the earlier the uploads end: the last that fits is best.
  mutating func bestChannels(_ size: Int) -> [Int] {
    guard size > 0 else { return [] }
    var best: (end: Double, laid: Int) = (.infinity, 0)
    var laid = 0
    sweep { shelf in
      laid += 1
      if let end = shelf.uploadEnd(size), end < best.end, shelf.fits(size) { best = (end, laid) }
      return true
    }
    return Array(byDeadline[..<best.laid].sorted().prefix(size))
  }

  private func uploadEnd(_ size: Int) -> Double? {
    onShelf.sumOfLeast(size).map { problem.uploadEnd(areaSum: $0, largestArea: 0, count: size) }
  }
}
