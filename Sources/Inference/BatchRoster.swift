public import EdgeModel

/// The members behind a batch's rows while it runs: who joins, whom an exit is asked about, who leaves.
///
/// It is asked behind every block, when the block's weights have pushed all else out of the caches. So it keeps what exits
/// ask of a member in a few bytes, row by row in bare memory, and makes no list where those who go on are the first rows.
/// A batch allocates nothing where each exit has answered as many before; but new memory for an exit's answers, where
/// whoever got those of an earlier batch still holds them.
@usableFromInline struct BatchRoster {
  private struct Seat {
    /// Its place in the plan.
    var member: Int32
    var entry: Int32
    var exit: Int32
    /// How sure an earlier exit must be of it; infinite where it leaves at its own. So a rule that no exit could meet is
    /// taken for that, and no earlier exit is asked.
    var threshold: Double

    func mayLeave(at block: Int32) -> Bool { exit == block || threshold < .infinity }
    func leaves(at block: Int32, confidence: Double) -> Bool { exit == block || confidence >= threshold }
  }
  /// Has the memory that the pointers below are of. A copy of the roster would share it; nobody makes one. (A move-only
  /// roster, which the compiler would hold to that, crashes the compiler in 6.3.1, as a part of the executor.)
  private final class Memory {
    let seats: UnsafeMutablePointer<Seat>
    let tasks: UnsafeMutablePointer<TaskID>
    let given: UnsafeMutableBufferPointer<[TaskAnswer]>
    init(seats count: Int, members: Int, blocks: Int) {
      seats = .allocate(capacity: count)
      tasks = .allocate(capacity: members)
      given = .allocate(capacity: blocks)
      given.initialize(repeating: [])
    }
    deinit {
      seats.deallocate()
      tasks.deallocate()
      given.deinitialize()
      given.deallocate()
    }
  }
  private let memory: Memory
  private let capacity: Int
  /// Members in the order in which they enter; those before `joined` are in.
  private let entrants: UnsafeMutablePointer<Seat>
  private var members = 0
  /// By their places in the plan, whose members have a cache line or more each.
  private let tasks: UnsafeMutablePointer<TaskID>
  private var joined = 0
  /// The member behind each row.
  private let active: UnsafeMutablePointer<Seat>
  private let moving: UnsafeMutablePointer<Seat>
  /// Rows in the batch.
  @usableFromInline private(set) var count = 0
  /// The rows in the order that `ask` or `leave` wants them in, as the engine gathers them, where it must.
  @usableFromInline private(set) var order: [Int] = []
  /// Whether the first rows are not in that order yet.
  @usableFromInline private(set) var mustMove = false
  /// The rows that `rows(of:joining:)` gave last.
  private var joining: [BatchJob.Row] = []
  /// What `leave` gave last at each block.
  private let given: UnsafeMutableBufferPointer<[TaskAnswer]>

  /// For batches of at most `capacity` ≥ 1 members, and a model of so many blocks.
  @usableFromInline init(capacity: Int, blocks: Int) {
    self.capacity = capacity
    memory = Memory(seats: 3 * capacity, members: capacity, blocks: blocks)
    (entrants, active, moving) = (memory.seats, memory.seats + capacity, memory.seats + 2 * capacity)
    (tasks, given) = (memory.tasks, memory.given)
    order.reserveCapacity(capacity)
    joining.reserveCapacity(capacity)
  }

  /// An empty batch of these members, no more than its capacity. O(members), and O(members · log members) where they enter
  /// at several blocks.
  @usableFromInline mutating func begin(_ members: [BatchPlan.Member]) {
    precondition(members.count <= capacity, "more members than there are seats")
    (self.members, joined, count, mustMove) = (members.count, 0, 0, false)
    var entersLater = false
    for (place, member) in members.enumerated() {
      var seat = Seat(
        member: Int32(place), entry: Int32(member.entry), exit: Int32(member.exit), threshold: .infinity)
      if case .confidence(let threshold) = member.rule { seat.threshold = threshold }
      entrants[place] = seat
      tasks[place] = member.task
      entersLater = entersLater || seat.entry != entrants[0].entry
    }
    guard entersLater else { return }
    var all = UnsafeMutableBufferPointer(start: entrants, count: members.count)
    all.sort { ($0.entry, $0.member) < ($1.entry, $1.member) }
  }

  /// Lets in those who enter `block`, behind the others and in the plan's order, and says how many they are. Blocks come in
  /// order.
  @usableFromInline mutating func join(at block: Int) -> Int {
    let first = joined
    while joined < members, entrants[joined].entry == block {
      active[count] = entrants[joined]
      (joined, count) = (joined + 1, count + 1)
    }
    return joined - first
  }
  /// The rows of those who joined last, so many.
  @usableFromInline mutating func rows(of job: BatchJob, joining number: Int) -> [BatchJob.Row] {
    // Where all enter together, as they do almost always, their rows are the job's as they stand.
    if number == job.rows.count { return job.rows }
    joining.removeAll(keepingCapacity: true)
    for place in joined - number..<joined { joining.append(job.rows[Int(entrants[place].member)]) }
    return joining
  }
  /// The engine has the features of those who joined last: whoever lent them is to get them back.
  @usableFromInline mutating func letGoOfRows() {
    if !joining.isEmpty { joining.removeAll(keepingCapacity: true) }
  }

  /// Puts those whom the exit behind `block` is asked about last, and says how many they are: members whose exit this
  /// is, and members with a rule of confidence. Where `mustMove`, the rows have to follow.
  @usableFromInline mutating func ask(at block: Int) -> Int {
    let block = Int32(block)
    var asked = 0
    mustMove = false
    for row in 0..<count {
      if active[row].mayLeave(at: block) { asked += 1 } else if asked > 0 { mustMove = true }
    }
    guard mustMove else { return asked }
    order.removeAll(keepingCapacity: true)
    for row in 0..<count where !active[row].mayLeave(at: block) { order.append(row) }
    for row in 0..<count where active[row].mayLeave(at: block) { order.append(row) }
    moving.update(from: active, count: count)
    for (place, row) in order.enumerated() { active[place] = moving[row] }
    return asked
  }

  /// Takes out those of the last rows, which `answers` are of, who leave at the exit behind `block`, and gives their
  /// answers. Those who go on are the first rows; where `mustMove`, those that `order` names have to become that.
  @usableFromInline mutating func leave(_ answers: [ExitAnswers.Answer], at block: Int) -> [TaskAnswer] {
    precondition(answers.count <= count, "answers of nobody")
    mustMove = false
    let unasked = count - answers.count
    var left: [TaskAnswer] = []
    swap(&left, &given[block - 1])
    left.removeAll(keepingCapacity: true)
    count = unasked
    for (index, answer) in answers.enumerated() {
      let seat = active[unasked + index]
      if seat.leaves(at: Int32(block), confidence: answer.confidence) {
        if left.isEmpty { left.reserveCapacity(answers.count) }
        left.append(
          TaskAnswer(
            task: tasks[Int(seat.member)], exit: block, predicted: answer.predicted,
            confidence: answer.confidence))
      } else {
        stay(seat, from: unasked + index)
      }
    }
    given[block - 1] = left
    return left
  }
  /// Keeps who is at `row`, as the last so far of those who stay.
  private mutating func stay(_ seat: Seat, from row: Int) {
    if row != count, !mustMove {
      mustMove = true
      order.removeAll(keepingCapacity: true)
      order.append(contentsOf: 0..<count)
    }
    if mustMove { order.append(row) }
    active[count] = seat
    count += 1
  }
}
