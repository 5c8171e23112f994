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
  /// What tables call it beside policies with early exit.
  public static let nameInTables = "no-early-exit"
  private let name: String

  public init() { name = Self.name }
  init(name: String) { self.name = name }

  public func allocate(_ frame: FrameState, budget: SearchBudget) -> FrameAllocation {
    FramePacking(policy: name, exits: .last).allocate(frame, status: { .optimal }, pack: Self.pack)
  }

  /// Ranks of a largest feasible set, at its least upload end.
  static func pack(_ problem: BatchProblem) -> [Int] {
    var shelves = ShelfSweep(problem)
    return shelves.bestChannels(shelves.largestSize())
  }
}

/// Lowers a shelf over the tasks' deadlines, latest first, with the areas of the tasks on it in a Fenwick tree.
private struct ShelfSweep {
  private let problem: BatchProblem
  /// Ranks, latest deadline first.
  private let byDeadline: [Int]
  private var onShelf: AreaRanks

  init(_ problem: BatchProblem) {
    self.problem = problem
    let candidates = problem.candidates
    byDeadline = candidates.indices.sorted { (candidates[$1].latest, $0) < (candidates[$0].latest, $1) }
    onShelf = AreaRanks(capacity: candidates.count)
  }

  /// The most tasks that fit on any shelf: one that fits once more than the best so far raises it.
  mutating func largestSize() -> Int {
    var size = 0
    clear()
    for rank in byDeadline {
      lay(rank)
      while size < problem.maxBatch, uploadEnd(size + 1, before: problem.candidates[rank].latest) != nil { size += 1 }
    }
    return size
  }

  /// The `size` least areas of the shelf where their uploads end first, best channel first.
  mutating func bestChannels(_ size: Int) -> [Int] {
    var best: (end: Double, laid: Int) = (.infinity, 0)
    clear()
    for (position, rank) in byDeadline.enumerated() {
      lay(rank)
      if let end = uploadEnd(size, before: problem.candidates[rank].latest), end < best.end {
        best = (end, position + 1)
      }
    }
    return Array(byDeadline[..<best.laid].sorted().prefix(size))
  }

  private mutating func clear() { onShelf = AreaRanks(capacity: byDeadline.count) }
  private mutating func lay(_ rank: Int) { onShelf.insert(rank, area: problem.candidates[rank].area) }

  /// When the uploads of the `size` least areas on the shelf end, where they are done by `latest`, the shelf's
  /// deadline [s]; nil where they are not. O(log K + N).
  private func uploadEnd(_ size: Int, before latest: Double) -> Double? {
    guard let areaSum = onShelf.sumOfLeast(size) else { return nil }
    let end = problem.uploadEnd(areaSum: areaSum, largestArea: 0, count: size)
    guard end <= problem.window.latestEnd else { return nil }
    var depth = 0.0
    for block in 1...problem.window.blockCount {
      depth += problem.window.latencies.seconds(block: block, size: size)
    }
    return end + depth <= latest ? end : nil
  }
}
