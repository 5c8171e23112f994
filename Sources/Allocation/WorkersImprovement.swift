/// Moves tasks between workers, and between workers and those that wait, as long as that schedules more.
///
/// A move is taken only when the tasks scheduled then count more: a waiting task in place of one that finds room on
/// another worker; waiting tasks in place of one that counts less; two tasks that change places and leave room for a
/// third. Weights decide which waiting tasks are tried, then areas.
struct WorkersImprovement {
  private(set) var tally: WorkersTally
  private var problem: WorkersProblem { tally.problem }
  private var movesLeft: Int
  /// Moves tried for all divisions together; what bounds the time, whatever the frame.
  private static let moves = 4000
  /// Waiting tasks that a move is tried for, those that count most, then those with the least areas.
  private static let mostWaiting = 16

  private init(_ tally: WorkersTally, moves: Int) {
    self.tally = tally
    movesLeft = moves
  }

  /// Improves each of the divisions, the largest first, as far as the moves reach.
  static func improve(_ tallies: inout [WorkersTally]) {
    for index in tallies.indices {
      var filling = WorkersImprovement(tallies[index], moves: .max)
      filling.fill()
      tallies[index] = filling.tally
    }
    var movesLeft = moves
    for index in tallies.indices.sorted(by: { (tallies[$1].worth, $0) < (tallies[$0].worth, $1) }) where movesLeft > 0 {
      var moving = WorkersImprovement(tallies[index], moves: movesLeft)
      while moving.movesLeft > 0, moving.move() {}
      tallies[index] = moving.tally
      movesLeft = moving.movesLeft
    }
  }

  private mutating func fill() {
    for rank in problem.candidates.indices where tally.workers[rank] == nil { _ = place(rank) }
  }

  /// Adds a task on the worker whose batch is due last, where there is one with room.
  private mutating func place(_ rank: Int, besides worker: Int? = nil) -> Bool {
    movesLeft -= 1
    for other in preferred where other != worker && tally.fits(rank, on: other) {
      tally.add(rank, to: other)
      return true
    }
    return false
  }

  private var preferred: [Int] {
    tally.order.reversed() + problem.windows.indices.filter { tally.members[$0].isEmpty }
  }

  private mutating func move() -> Bool {
    let candidates = problem.candidates
    let waiting = candidates.indices.filter { tally.workers[$0] == nil }
      .sorted { (candidates[$1].worth, $0) < (candidates[$0].worth, $1) }.prefix(Self.mostWaiting)
    guard !waiting.isEmpty else { return false }
    return waiting.contains { takeInPlaceOfOneThatMoves($0) }
      || problem.windows.indices.contains { worker in
        tally.members[worker].contains { takeOthersInPlaceOf($0, on: worker, waiting: waiting) }
      }
      || takeWhereTwoChangePlaces(waiting)
  }

  /// A waiting task takes the place of one that finds another.
  private mutating func takeInPlaceOfOneThatMoves(_ rank: Int) -> Bool {
    for worker in problem.windows.indices where problem.exit(of: rank, on: worker) > 0 {
      for member in tally.members[worker] {
        guard movesLeft > 0 else { return false }
        movesLeft -= 1
        tally.remove(member)
        if tally.fits(rank, on: worker) {
          tally.add(rank, to: worker)
          if place(member, besides: worker) { return true }
          tally.remove(rank)
        }
        tally.add(member, to: worker)
      }
    }
    return false
  }

  /// Waiting tasks take the place of one that counts less than they.
  private mutating func takeOthersInPlaceOf(_ member: Int, on worker: Int, waiting: some Sequence<Int>) -> Bool {
    tally.remove(member)
    var placed: [Int] = []
    for rank in waiting where movesLeft > 0 && place(rank) { placed.append(rank) }
    if placed.reduce(0, { $0 + problem.candidates[$1].worth }) > problem.candidates[member].worth { return true }
    for rank in placed { tally.remove(rank) }
    tally.add(member, to: worker)
    return false
  }

  /// Two tasks change their workers, and a waiting one then fits.
  private mutating func takeWhereTwoChangePlaces(_ waiting: some Sequence<Int>) -> Bool {
    for worker in problem.windows.indices {
      for other in problem.windows.indices where other > worker {
        for one in tally.members[worker] {
          for two in tally.members[other] {
            guard movesLeft > 0 else { return false }
            movesLeft -= 1
            tally.remove(one)
            tally.remove(two)
            if tally.fits(one, on: other) {
              tally.add(one, to: other)
              if tally.fits(two, on: worker) {
                tally.add(two, to: worker)
                if waiting.contains(where: { place($0) }) { return true }
                tally.remove(two)
              }
              tally.remove(one)
            }
            tally.add(one, to: worker)
            tally.add(two, to: other)
          }
        }
      }
    }
    return false
  }
}
