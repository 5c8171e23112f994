/// The depth-first search for one batch of exactly b on the slot grid: how many leave at each exit, first to last.
///
/// It is `ExitTree` with needs that are not linear in 1 / t, and with heads. The note enumerates the slots and searches
/// each; here a node carries the first slot at which a set below it can be, so that one search answers for all slots.
/// Valid: as t rises fewer tasks have slack and needs fall, so no set below a node fits before the first slot at which
/// the least needs among the tasks with slack *now* fit the cell; there slack is looked at again. At a leaf this is
/// exact: it ends at the first slot with a set of these sizes, or beyond the last.
struct SlottedTree {
  enum Answer { case found, infeasible, stopped }
  /// An inner node's bound is let be after so many rounds.
  private static let mostRounds = 64

  private let problem: SlottedProblem
  private let blockCount: Int
  private let exits: [Int]
  private let latests: [Double]
  /// `latest` of exit e's class, latest first: `classLatest[classStart[e]..<classStart[e + 1]]`.
  private let classLatest: [Double]
  private let classStart: [Int]
  private var needs: SlotNeeds
  /// Nodes expanded so far.
  private(set) var nodes = 0
  private var mostNodes = 0
  /// Candidates of the set that the last successful search found, and the slot at which their uploads end.
  private(set) var found: [Int] = []
  private(set) var slot = 0

  /// m_e, at index e ≤ n.
  private var leaving: [Int]
  /// D_e at index e ≤ n, behind it a lower bound of D_e [s].
  private var depth: [Double]
  /// How many of class e ≤ n a relaxation has still to take.
  private var missing: [Int]
  /// Rows by n: of each open class, how many the relaxation took, and how many it could have taken (R at most).
  private var taken: [Int]
  private var eligible: [Int]

  init(_ problem: SlottedProblem) {
    self.problem = problem
    blockCount = problem.blockCount
    needs = SlotNeeds(problem)
    let candidates = problem.candidates
    exits = candidates.map(\.exit)
    latests = candidates.map(\.latest)
    classLatest = candidates.map { (exit: $0.exit, latest: $0.latest) }
      .sorted { ($0.exit, $1.latest) < ($1.exit, $0.latest) }.map(\.latest)
    var starts = Array(repeating: 0, count: blockCount + 2)
    for exit in exits { starts[exit + 1] += 1 }
    for exit in starts.indices.dropFirst() { starts[exit] += starts[exit - 1] }
    classStart = starts
    leaving = Array(repeating: 0, count: blockCount + 1)
    depth = Array(repeating: 0, count: blockCount + 1)
    missing = leaving
    taken = Array(repeating: 0, count: (blockCount + 1) * (blockCount + 1))
    eligible = taken
  }

  /// Whether a batch of `size` ≥ 1 is feasible at any slot; `stopped` when `limit` nodes did not tell.
  mutating func search(size: Int, nodes limit: Int) -> Answer {
    mostNodes = nodes + limit
    return visit(fixed: 0, remaining: size, slot: problem.earliest)
  }

  /// The node at depth n = `fixed`; no set below its parent fits before `parentSlot`.
  private mutating func visit(fixed: Int, remaining: Int, slot parentSlot: Int) -> Answer {
    guard nodes < mostNodes else { return .stopped }
    nodes += 1
    guard let slot = relax(fixed: fixed, remaining: remaining, from: parentSlot) else { return .infeasible }
    guard remaining == 0 else { return visitChildren(fixed: fixed, remaining: remaining, slot: slot) }
    collect(slot)
    return .found
  }

  /// Fixes m_{n+1}, those nearest to the relaxation's split first; with it D_{n+1} is exact.
  private mutating func visitChildren(fixed: Int, remaining: Int, slot: Int) -> Answer {
    let exit = fixed + 1
    let row = fixed * (blockCount + 1)
    let behind = eligible[(row + exit + 1)..<(row + blockCount + 1)].reduce(0, +)
    let fewest = max(0, remaining - behind)
    let most = min(remaining, eligible[row + exit])
    for count in NearestFirst(to: taken[row + exit], from: fewest, through: most) {
      leaving[exit] = count
      depth[exit] =
        depth[fixed] + problem.body(block: exit, size: remaining) + problem.head(exit: exit, size: count)
      let answer = visit(fixed: exit, remaining: remaining - count, slot: slot)
      guard answer == .infeasible else { return answer }
    }
    return .infeasible
  }

  // MARK: Relaxation

  /// The first slot, from `parentSlot` on, at which a superset of the node's sets can have enough tasks whose least
  /// needs fit the cell; nil where there is none.
  private mutating func relax(fixed: Int, remaining: Int, from parentSlot: Int) -> Int? {
    var slot = parentSlot
    var rounds = 0
    while slot <= problem.grid.last {
      let end = problem.grid.instant(slot)
      guard countEligible(fixed: fixed, remaining: remaining, end: end),
        let sum = leastNeeds(fixed: fixed, remaining: remaining, slot: slot, end: end)
      else { return nil }
      if problem.fits(sum) { return slot }
      rounds += 1
      // At a leaf the slot must be exact; above one any lower bound will do.
      if rounds >= Self.mostRounds, remaining > 0 { return slot }
      guard let next = firstSlot(after: slot, needing: sum, fixed: fixed, remaining: remaining) else { return nil }
      slot = next
    }
    return nil
  }

  /// The first slot behind `slot` where the least needs among the tasks with slack at `slot` fit the cell; `sum` is what
  /// they need at `slot`. The inverse of a sum of needs is nearly linear in t, so some secants bracket it.
  private mutating func firstSlot(after slot: Int, needing sum: Double, fixed: Int, remaining: Int) -> Int? {
    let end = problem.grid.instant(slot)
    var low = (slot: slot, share: problem.bandwidth / sum)
    var high: (slot: Int, share: Double)?
    var step = 1
    while high.map({ $0.slot - low.slot > 1 }) ?? true {
      guard low.slot < problem.grid.last else { return nil }
      let next: Int
      if let high {
        let part = (1 - low.share) / (high.share - low.share)
        let gap = Double(high.slot - low.slot)
        // Every other step halves the bracket, so that it closes whatever the shape.
        next = low.slot + (step.isMultiple(of: 2) ? (high.slot - low.slot) / 2 : Int((gap * part).rounded(.up)))
      } else {
        // w(t)·t falls: by this slot a finite sum fits.
        let time = problem.grid.instant(low.slot) - problem.uploadStart
        next =
          sum.isFinite
          ? problem.grid.index(reaching: problem.uploadStart + time * sum / problem.bandwidth) : low.slot + step
      }
      let last = high?.slot ?? problem.grid.last + 1
      let tried = min(max(next, low.slot + 1), max(last - 1, low.slot + 1))
      guard let tryout = leastNeeds(fixed: fixed, remaining: remaining, slot: tried, end: end) else { return nil }
      if problem.fits(tryout) {
        high = (tried, problem.bandwidth / tryout)
      } else {
        low = (tried, problem.bandwidth / tryout)
      }
      step = high == nil ? 2 * step : step + 1
    }
    return high?.slot
  }

  /// Counts the eligible tasks of each open class, and bounds its latency by what must still be in the batch there;
  /// false where they are too few in all.
  ///
  /// As in `ExitTree`, at least R − Σ_{n<j<i} el_j enter block i, and at least one if class i is not empty; then its
  /// head runs on at least one, and on all of block i's where i is the last exit.
  private mutating func countEligible(fixed: Int, remaining: Int, end: Double) -> Bool {
    var entering = remaining
    var body = depth[fixed]
    let row = fixed * (blockCount + 1)
    for exit in (fixed + 1)..<(blockCount + 1) {
      let least = max(1, entering)
      body += problem.body(block: exit, size: least)
      depth[exit] = body + problem.head(exit: exit, size: exit == blockCount ? least : 1)
      var count = 0
      var position = classStart[exit]
      while count < remaining, position < classStart[exit + 1], classLatest[position] >= end + depth[exit] {
        count += 1
        position += 1
      }
      eligible[row + exit] = count
      entering -= count
    }
    return entering <= 0
  }

  /// The sum of the m_e least needs of each fixed class and the R least over the open classes [Hz], at `slot` among
  /// the tasks with slack for `end`; nil where there are too few.
  private mutating func leastNeeds(fixed: Int, remaining: Int, slot: Int, end: Double) -> Double? {
    let row = fixed * (blockCount + 1)
    var missingOpen = remaining
    var missingInAll = remaining
    for exit in 0..<(blockCount + 1) {
      missing[exit] = exit <= fixed ? leaving[exit] : 0
      missingInAll += missing[exit]
      taken[row + exit] = 0
    }
    var sum = 0.0
    let start = needs.start(of: slot)
    for position in start..<(start + exits.count) {
      guard missingInAll > 0 else { break }
      let rank = needs.ranks[position]
      let exit = exits[rank]
      guard latests[rank] >= end + depth[exit] else { continue }
      if exit <= fixed {
        guard missing[exit] > 0 else { continue }
        missing[exit] -= 1
      } else {
        guard missingOpen > 0 else { continue }
        missingOpen -= 1
        taken[row + exit] += 1
      }
      sum += needs.needs[position]
      missingInAll -= 1
    }
    return missingInAll == 0 ? sum : nil
  }

  /// The leaf's set: the m_e least needs of each class among those with slack.
  private mutating func collect(_ slot: Int) {
    self.slot = slot
    found.removeAll(keepingCapacity: true)
    let end = problem.grid.instant(slot)
    let start = needs.start(of: slot)
    for position in start..<(start + exits.count) {
      let rank = needs.ranks[position]
      guard leaving[exits[rank]] > 0, latests[rank] >= end + depth[exits[rank]] else { continue }
      leaving[exits[rank]] -= 1
      found.append(rank)
    }
  }
}
