public import EdgeModel

/// The members behind a batch's rows while it runs: who joins, whom an exit is asked about, who leaves.
///
/// Its lists are kept from batch to batch, so that a batch allocates nothing; but new memory for an exit's answers, where
/// whoever got those of an earlier batch still holds them.
@usableFromInline struct BatchRoster {
  /// The member behind each row.
  private var active: [Int] = []
  /// Members in the order in which they enter; those before `joined` are in.
  private var entrants: [Int] = []
  private var joined = 0
  /// The rows in the order that `ask` or `leave` wants them in, as the engine gathers them.
  @usableFromInline private(set) var order: [Int] = []
  /// Whether the first rows are not in that order yet.
  @usableFromInline private(set) var mustMove = false
  private var moved: [Int] = []
  /// The rows that `join` gave last.
  private var joining: [BatchJob.Row] = []
  /// What `leave` gave last at each block.
  private var given: [[TaskAnswer]] = []

  @usableFromInline init() {}

  /// Rows in the batch.
  @usableFromInline var count: Int { active.count }

  /// An empty batch of these members. O(members), and O(members · log members) where they enter at several blocks.
  @usableFromInline mutating func begin(_ members: [BatchPlan.Member]) {
    active.removeAll(keepingCapacity: true)
    joined = 0
    entrants.removeAll(keepingCapacity: true)
    entrants.append(contentsOf: members.indices)
    if members.contains(where: { $0.entry != members[0].entry }) {
      entrants.sort { (members[$0].entry, $0) < (members[$1].entry, $1) }
    }
  }

  /// Lets in those who enter `block`, behind the others and in the plan's order; their rows. Blocks come in order.
  @usableFromInline mutating func join(_ job: BatchJob, at block: Int) -> [BatchJob.Row] {
    let first = joined
    while joined < entrants.count, job.plan.members[entrants[joined]].entry == block { joined += 1 }
    guard joined > first else { return [] }
    active.append(contentsOf: entrants[first..<joined])
    // Where all enter together, as they do almost always, their rows are the job's as they stand.
    if joined - first == job.rows.count { return job.rows }
    joining.removeAll(keepingCapacity: true)
    for entrant in entrants[first..<joined] { joining.append(job.rows[entrant]) }
    return joining
  }

  /// Puts those whom the exit behind `block` is asked about last, and says how many they are: members whose exit this
  /// is, and members with a rule of confidence. Where `mustMove`, the rows have to follow.
  @usableFromInline mutating func ask(at block: Int, _ members: [BatchPlan.Member]) -> Int {
    order.removeAll(keepingCapacity: true)
    moved.removeAll(keepingCapacity: true)
    for (row, member) in active.enumerated() {
      if members[member].mayLeave(at: block) { moved.append(row) } else { order.append(row) }
    }
    let asked = moved.count
    mustMove = order.last.map { $0 >= order.count } ?? false
    guard mustMove else { return asked }
    order.append(contentsOf: moved)
    moved.removeAll(keepingCapacity: true)
    for row in order { moved.append(active[row]) }
    swap(&active, &moved)
    return asked
  }

  /// Takes out those of the last rows, which `answers` are of, who leave at the exit behind `block`, and gives their
  /// answers. Those who go on are the first rows; where `mustMove`, those that `order` names have to become that.
  @usableFromInline mutating func leave(_ answers: [ExitAnswers.Answer], at block: Int, _ members: [BatchPlan.Member])
    -> [TaskAnswer]
  {
    let unasked = active.count - answers.count
    // Their features are in by now, and whoever has them is to get them back.
    joining.removeAll(keepingCapacity: true)
    order.removeAll(keepingCapacity: true)
    order.append(contentsOf: 0..<unasked)
    while given.count < block { given.append([]) }
    given[block - 1].removeAll(keepingCapacity: true)
    for (row, answer) in zip(unasked..., answers) {
      let member = members[active[row]]
      guard member.leaves(at: block, confidence: answer.confidence) else {
        order.append(row)
        continue
      }
      if given[block - 1].isEmpty { given[block - 1].reserveCapacity(answers.count) }
      given[block - 1].append(
        TaskAnswer(task: member.task, exit: block, predicted: answer.predicted, confidence: answer.confidence))
    }
    mustMove = order.last.map { $0 >= order.count } ?? false
    for (place, row) in order.enumerated() { active[place] = active[row] }
    active.removeLast(active.count - order.count)
    return given[block - 1]
  }
}

extension BatchPlan.Member {
  fileprivate func mayLeave(at block: Int) -> Bool {
    if case .confidence = rule { return true }
    return exit == block
  }
  fileprivate func leaves(at block: Int, confidence: Double) -> Bool {
    if exit == block { return true }
    if case .confidence(let threshold) = rule { return confidence >= threshold }
    return false
  }
}
