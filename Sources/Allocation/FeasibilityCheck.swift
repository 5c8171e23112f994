public import EdgeModel
import Units

/// Recomputes every promise of an allocation from the frame alone, whoever made it.
///
/// It shares no code with the policies but the tolerance. O(K log K + batches · N · b).
///
/// Completions are recomputed with exit heads on every row that enters a block, the envelope most policies plan with,
/// and with heads on those who leave there, which is what a worker runs while exits are assigned. A batch must promise
/// exactly one of the two to all its members: anything between would be a promise nobody computed, anything earlier
/// than the second would be broken, and anything later than the first would hide time. Where tasks may leave by
/// confidence the head is asked for more rows; who builds such a frame puts heads into blocks (`withHeadsInBlocks`),
/// and the two are the same.
public struct FeasibilityCheck: Sendable {
  /// One line for each broken promise; empty for a feasible allocation.
  public private(set) var violations: [String] = []
  public var isFeasible: Bool { violations.isEmpty }

  let frame: FrameState
  let tasks: [TaskID: FrameTask]
  private let headRows: HeadRows?

  /// - Parameter headRows: what completions must be reckoned with; nil: whichever of the two a batch keeps to.
  public init(_ allocation: FrameAllocation, of frame: FrameState, headRows: HeadRows? = nil) {
    self.frame = frame
    self.headRows = headRows
    tasks = Dictionary(frame.tasks.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    checkEachTaskIsNamedOnce(allocation)
    for batch in allocation.batches { check(batch) }
    checkNoWorkerRunsTwoBatchesAtOnce(allocation.batches)
    checkOpenPlans(allocation.open)
    checkBandwidth(allocation.granted)
  }

  mutating func require(_ holds: Bool, _ violation: @autoclosure () -> String) {
    if !holds { violations.append(violation()) }
  }
  mutating func require(_ amount: Double, atMost bound: Double, _ what: @autoclosure () -> String) {
    require(Tolerance.isConfirmedAtMost(amount, bound), "\(what()): \(amount) > \(bound)")
  }
  static func name(_ task: TaskID) -> String { "task \(task.device.number)/\(task.number)" }

  private mutating func checkEachTaskIsNamedOnce(_ allocation: FrameAllocation) {
    let names = allocation.granted.map(\.task) + allocation.refusals.map(\.task)
    // The whole answer where all is well; the sets then only say what is not.
    if tasks.count == frame.tasks.count, names.sorted() == frame.tasks.map(\.id).sorted() { return }
    var unnamed = Set(tasks.keys)
    for task in names {
      require(tasks[task] != nil, "\(Self.name(task)) is not in the frame")
      require(tasks[task] == nil || unnamed.remove(task) != nil, "\(Self.name(task)) is named twice")
    }
    for task in unnamed.sorted() { require(false, "\(Self.name(task)) is not named") }
  }

  private mutating func check(_ batch: BatchAllocation) {
    guard let worker = frame.workers.first(where: { $0.id == batch.worker }) else {
      return require(false, "worker \(batch.worker.number) is not in the frame")
    }
    guard worker.instancesFreeAt.indices.contains(batch.instance) else {
      return require(false, "there is no instance \(batch.instance) on \(worker.name)")
    }
    let members = batch.members
    let models = Set(members.compactMap { tasks[$0.task]?.model })
    require(models.count <= 1, "a batch on \(worker.name) is of \(models.count) models")
    let blocks = worker.profile(of: models.min() ?? 0).blocks
    require(!members.isEmpty, "a batch on \(worker.name) is empty")
    require(members.count <= worker.maxBatch ?? .max, "\(members.count) members are more than \(worker.name) takes")
    require(
      worker.instancesFreeAt[batch.instance], atMost: batch.start, "\(worker.name) is free only after its batch starts")
    let deepest = min(blocks.count, members.map(\.exit).max() ?? 0)
    let entering = deepest < 1 ? [] : (1...deepest).map { n in members.count { $0.entry <= n && n <= $0.exit } }
    require(batch.entering == entering, "entering is \(batch.entering), its members say \(entering)")
    require(
      zip(members, members.dropFirst()).allSatisfy { ($1.exit, $0.task) <= ($0.exit, $1.task) },
      "members are not deepest exit first")
    let depths = completions(of: batch, blocks: blocks, entering: entering)
    for member in members { check(member, in: batch, blocks: blocks, depths: depths) }
  }

  /// When each block is done, from the batch's start at index 0: with heads on those who leave where the batch may
  /// and does promise that, else with heads on all who enter.
  private func completions(of batch: BatchAllocation, blocks: [BlockProfile], entering: [Int]) -> [Double] {
    func depths(_ rows: HeadRows) -> [Double] {
      var depths = [batch.start]
      for (index, (block, size)) in zip(blocks, entering).enumerated() {
        let asked = rows == .entering ? size : batch.members.count { $0.exit == index + 1 }
        depths.append(depths[index] + Self.seconds(block.latency, size) + Self.seconds(block.head, asked))
      }
      return depths
    }
    let onLeavers = depths(.leaving)
    let keepsToLeavers = batch.members.allSatisfy { member in
      guard member.exit >= 1, member.exit < onLeavers.count else { return true }
      return Tolerance.isConfirmedAtMost(onLeavers[member.exit], member.completion)
        && Tolerance.isConfirmedAtMost(member.completion, onLeavers[member.exit])
    }
    switch headRows {
    case .leaving: return onLeavers
    case .entering: return depths(.entering)
    case nil: return keepsToLeavers ? onLeavers : depths(.entering)
    }
  }

  /// No less than for any smaller batch.
  private static func seconds(_ curve: LatencyCurve, _ size: Int) -> Double {
    guard size > 0 else { return 0 }
    return size <= curve.largestBatch ?? .max ? (1...size).reduce(0) { max($0, curve.seconds($1)) } : .infinity
  }

  private mutating func check(
    _ member: BatchAllocation.Member, in batch: BatchAllocation, blocks: [BlockProfile], depths: [Double]
  ) {
    guard let task = tasks[member.task] else { return }
    let who = Self.name(member.task)
    require(member.entry == task.entry, "\(who) enters at \(member.entry), not at \(task.entry)")
    guard member.exit >= max(1, member.entry), member.exit < depths.count else {
      return require(false, "\(who) leaves at \(member.exit), of \(blocks.count) blocks")
    }
    checkExit(member, of: task, blocks)
    let completion = depths[member.exit]
    require(completion, atMost: member.completion, "\(who) is promised too early")
    require(member.completion, atMost: completion, "\(who) is promised too late")
    require(completion, atMost: task.deadline, "\(who) misses its deadline")
    require(
      member.uploadEnd + frame.guardTime, atMost: batch.start, "\(who) is not in by the batch's start less the guard")
    checkUpload(member, of: task)
  }

  mutating func checkExit(_ member: BatchAllocation.Member, of task: FrameTask, _ blocks: [BlockProfile]) {
    let who = Self.name(member.task)
    switch task.requirement {
    case .exit(let exit): require(member.exit >= exit, "\(who) leaves at \(member.exit) but asks for exit \(exit)")
    case .accuracy(let least):
      require(
        blocks[member.exit - 1].accuracy ?? -1 >= least, "\(who) leaves at \(member.exit), less accurate than \(least)")
    }
  }

  mutating func checkUpload(_ member: BatchAllocation.Member, of task: FrameTask) {
    let who = Self.name(member.task)
    require(0, atMost: member.uploadStart, "\(who) uploads before the frame")
    require(member.uploadStart, atMost: member.uploadEnd, "\(who) ends its upload before it begins")
    require(member.uploadEnd, atMost: frame.length ?? .infinity, "\(who) uploads beyond the frame")
    let bandwidth = member.bandwidth.value
    guard task.feature.value > 0 else {
      return require(bandwidth, atMost: frame.bandwidth.value, "\(who) has more than the cell")
    }
    guard bandwidth > 0 else { return require(false, "\(who) has no bandwidth") }
    let capacity = bandwidth * task.uplink.efficiency(over: bandwidth)
    require(member.rate.value / capacity, atMost: 1, "\(who) is to send faster than its bandwidth carries")
    // The sweep over instants does not see an upload that takes no time at a rate beyond the cell's.
    let cell = frame.bandwidth.value
    let shortest = task.feature.value / (cell * task.uplink.efficiency(over: cell))
    require(member.uploadStart + shortest, atMost: member.uploadEnd, "\(who) has more than the cell")
    // Relative to the upload's own times, which rounding error follows.
    let time = task.feature.value / member.rate.value
    require(member.uploadStart + time, atMost: member.uploadEnd, "\(who) cannot send its feature in its time")
  }

  private mutating func checkNoWorkerRunsTwoBatchesAtOnce(_ batches: [BatchAllocation]) {
    let ordered = batches.sorted { ($0.worker, $0.instance, $0.start) < ($1.worker, $1.instance, $1.start) }
    for (first, second) in zip(ordered, ordered.dropFirst())
    where first.worker == second.worker && first.instance == second.instance {
      let end = first.members.map(\.completion).max() ?? first.start
      require(end, atMost: second.start, "worker \(first.worker.number) runs two batches at once")
    }
  }

  /// Bandwidth granted at any instant ≤ B: a sweep over upload starts and ends, ends first.
  private mutating func checkBandwidth(_ members: [BatchAllocation.Member]) {
    for member in members { require(member.bandwidth.value >= 0, "\(Self.name(member.task)) has negative bandwidth") }
    let used = members.filter { $0.bandwidth.value > 0 }
    let changes =
      used.map { (at: $0.uploadStart, by: $0.bandwidth.value) }
      + used.map { (at: $0.uploadEnd - 2 * Tolerance.part * max(1, $0.uploadEnd), by: -$0.bandwidth.value) }
    var granted = 0.0
    for change in changes.sorted(by: { ($0.at, $0.by) < ($1.at, $1.by) }) {
      granted += change.by
      require(granted / frame.bandwidth.value, atMost: 1, "the cell's bandwidth is exceeded at \(change.at) s")
    }
  }
}
