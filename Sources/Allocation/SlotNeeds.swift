/// The candidates' needs at the slots a search has asked about, least need first.
///
/// A slot's needs are computed when it is first asked about, and forgotten when too many are kept.
struct SlotNeeds {
  /// Numbers kept at once: some tens of MB.
  private static let mostKept = 4_000_000

  private let problem: SlottedProblem
  /// Where a slot's numbers begin; looked up only, never walked.
  private var starts: [Int: Int] = [:]
  /// Ranks in order of need, ties by rank, and the needs [Hz], slot after slot.
  private(set) var ranks: [Int] = []
  private(set) var needs: [Double] = []

  init(_ problem: SlottedProblem) { self.problem = problem }

  /// Where slot `index`'s numbers begin in `ranks` and `needs`. O(K log K) at first, then O(1).
  mutating func start(of index: Int) -> Int {
    if let start = starts[index] { return start }
    if needs.count + problem.candidates.count > Self.mostKept {
      starts.removeAll(keepingCapacity: true)
      ranks.removeAll(keepingCapacity: true)
      needs.removeAll(keepingCapacity: true)
    }
    let start = needs.count
    starts[index] = start
    let byRank = problem.candidates.map { problem.need(of: $0, at: index) }
    ranks += byRank.indices.sorted { (byRank[$0], $0) < (byRank[$1], $1) }
    for position in start..<ranks.count { needs.append(byRank[ranks[position]]) }
    return start
  }
}
