import EdgeModel
import Glibc
import Nodes
import Testing
import TraceLog
import Units

/// Chunks from devices that are wrong or mean it, between those of devices that are right: for tasks never granted,
/// twice, after their batch, for another batch, of another block or model, with overlapping offsets and giant sizes.
/// Each is counted or dropped, every task ends once, and who is answered is answered by the own feature. The worker
/// hosts three models, its engine fails at times, and batches may be handed to it ahead: none, one, or two.
///
/// What a stranger sends in another device's name, right in everything else, never gets here: the worker's port takes a
/// device's chunks from one process alone.
struct HostileChunkTests {
  @Test(arguments: 0..<45 as Range<UInt64>) func everyAnswerIsOfTheTasksOwnFeature(group: UInt64) {
    let mostAhead = Int(group % 3)
    var (answered, expired, lost, hostile, rejected) = (0, 0, 0, 0, 0)
    var (depths, models) = ([Int: Int](), [ModelID: Int]())
    for seed in group * 50..<(group + 1) * 50 {
      var storm = ChunkStorm(seed: seed, mostAhead: mostAhead)
      for _ in 0..<300 { storm.step() }
      storm.finish()
      #expect(storm.faults == [], "seed \(seed)")
      answered += storm.answered.count
      expired += storm.dropped.count
      lost += storm.lost.count
      hostile += storm.hostile
      rejected += storm.rejected
      depths.merge(storm.depths, uniquingKeysWith: +)
      models.merge(storm.models, uniquingKeysWith: +)
    }
    #expect(answered > 250 && expired > 250 && lost > 20 && hostile > 5000, "\(answered), \(expired), \(hostile)")
    #expect(rejected == hostile)
    #expect(Set(depths.keys) == Set(0...mostAhead) && depths.values.allSatisfy { $0 > 10 }, "\(depths)")
    #expect(Set(models.keys) == [0, 1, 2] && models.values.allSatisfy { $0 > 100 }, "\(models)")
  }
}

/// One worker, its base station, its engine, its devices and an enemy, in virtual time; `faults` says what went wrong.
private struct ChunkStorm {
  /// Of each model's blocks: some have the size of another's. Those of 4096 and more are kept as they came where they
  /// come in one chunk.
  private static let bytes = [[8192, 64, 4096], [4096, 8192], [64, 16, 4096, 64]]
  private static let maxBatch = 6

  /// A task as the worker must see it.
  private struct Expected {
    enum State { case awaited, late, gone }
    var batch: BatchID
    var model: ModelID
    var total: Int
    var sample: Int
    var received = 0
    var state = State.awaited
    /// Which it runs in.
    var batchRun: BatchID?
  }
  private var random: RandomStream
  private var worker: EdgeWorker
  private var now = Instant.milliseconds(10)
  private var timers: [(at: Instant, timer: EdgeWorker.Timer)] = []
  private var expected: [TaskID: Expected] = [:]
  /// Tasks in the order of their plans.
  private var tasks: [TaskID] = []
  /// Chunks that devices sent as they should.
  private var sent: [FeatureChunk] = []
  /// What each instance is at, and what was handed to it ahead, in that order.
  private var running: [Int: [BatchJob]] = [:]
  /// What the engine ran last.
  private var last: (model: ModelID, rows: Int, took: Duration)?
  private var failing: BatchID?
  private let mostAhead: Int
  private var nextBatch = 0

  private(set) var answered: Set<TaskID> = []
  private(set) var dropped: Set<TaskID> = []
  private(set) var lost: Set<TaskID> = []
  /// Batches by how many their instance had before them, and by model.
  private(set) var depths: [Int: Int] = [:]
  private(set) var models: [ModelID: Int] = [:]
  private(set) var hostile = 0
  private(set) var rejected = 0
  private(set) var faults: [String] = []

  init(seed: UInt64, mostAhead: Int) {
    self.mostAhead = mostAhead
    random = RandomStream(seed: seed, device: 0, purpose: "storm")
    worker = EdgeWorker(
      WorkerConfiguration(
        capability: WorkerCapability(
          worker: 0, name: "w0", engine: "hand", isPaced: mostAhead < 2, instances: mostAhead > 0 ? 1 : 2,
          maxBatch: Self.maxBatch, accuracies: [0.8, 0.9, 0.95]), featureBytes: Self.bytes, mostAhead: mostAhead))
  }

  private mutating func whole(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

  // MARK: What happens

  mutating func step() {
    switch whole(0...19) {
    case 0: plan()
    case 1: pass(.milliseconds(whole(1...8)))
    case 2: compute()
    case 3...11: sendAsOneShould()
    default: attack()
    }
  }
  /// Lets everything that was planned come to its end.
  mutating func finish() {
    for _ in 0..<2 {
      pass(.seconds(10))
      while isAtWork { compute() }
    }
    for task in tasks where !answered.contains(task) && !dropped.contains(task) && !lost.contains(task) {
      if !isOpen(task) { faults.append("\(task) has no end") }
    }
  }
  private var isAtWork: Bool { running.values.contains { !$0.isEmpty } }
  /// In an open plan, and never in: the worker waits for it still.
  private func isOpen(_ task: TaskID) -> Bool {
    guard let feature = expected[task] else { return false }
    return feature.state == .awaited && feature.received < feature.total && openTasks.contains(task)
  }
  private var openTasks: Set<TaskID> = []

  private mutating func plan() {
    let isOpen = whole(0...2) == 0
    let model = ModelID(isOpen ? 0 : whole(0...2))
    let bytes = Self.bytes[model.number]
    let members = (0..<whole(1...Self.maxBatch)).map { index in
      let entry = whole(1...bytes.count)
      return BatchPlan.Member(
        task: TaskID(device: DeviceID(whole(0...9)), number: tasks.count + index), entry: entry,
        exit: whole(entry...bytes.count), featureBytes: bytes[entry - 1], uploadEnd: now,
        completion: now + .seconds(1000))
    }
    let start = now + .milliseconds(whole(5...40))
    for (index, member) in members.enumerated() {
      expected[member.task] = Expected(
        batch: BatchID(nextBatch + (isOpen ? index : 0)), model: model, total: member.featureBytes,
        sample: whole(0...1_000_000))
      if isOpen { openTasks.insert(member.task) }
    }
    tasks += members.map(\.task)
    if isOpen {
      let rule = BatchingRule(maxBatch: whole(1...Self.maxBatch), queueDelay: .milliseconds(whole(0...9)))
      hear(
        .downlink(
          .open(
            OpenPlan(
              id: BatchID(nextBatch), frame: 1, worker: 0, rule: rule, members: members.map { OpenPlan.Member($0) }))))
    } else {
      hear(
        .downlink(
          .plan(
            BatchPlan(
              id: BatchID(nextBatch), frame: 1, worker: 0, instance: mostAhead > 0 ? 0 : whole(0...1), model: model,
              start: start, members: members))))
    }
    nextBatch += isOpen ? members.count : 1
  }

  private mutating func pass(_ time: Duration) {
    let end = now + time
    while let next = timers.indices.min(by: { timers[$0].at < timers[$1].at }), timers[next].at <= end {
      let (at, timer) = timers.remove(at: next)
      now = max(now, at)
      hear(.fired(timer, planned: at))
    }
    now = end
  }

  /// A batch runs to its end, or fails on the way: each row's answer names the image that its bytes are of.
  private mutating func compute() {
    let busy = running.keys.sorted().filter { running[$0]?.isEmpty == false }
    guard let instance = busy.randomElement(using: &random), let job = running[instance]?.first else { return }
    let blocks = Self.bytes[job.plan.model.number].count
    let (fails, took) = (whole(0...5) == 0, Duration.milliseconds(whole(1...12)))
    let through = fails ? whole(0...blocks - 1) : blocks
    for block in stride(from: 1, through: through, by: 1) {
      let answers = zip(job.plan.members, job.rows).filter { $0.0.exit == block }.map { member, row in
        TaskAnswer(task: member.task, exit: block, predicted: image(in: row.feature) ?? -1, confidence: 1)
      }
      let run = BlockRun(
        batch: job.plan.id, instance: instance, block: block, size: job.rows.count, start: now - took, end: now,
        expected: .zero, computed: .zero)
      hear(.engine(.blockRan(run, answers: answers)))
      last = (job.plan.model, job.plan.members.count, took)
    }
    running[instance]?.removeFirst()
    failing = fails ? job.plan.id : nil
    hear(
      .engine(fails ? .failed(job.plan.id, instance: instance, reason: "x") : .ended(job.plan.id, instance: instance)))
    for task in job.plan.members.map(\.task) where !answered.contains(task) && !lost.contains(task) {
      faults.append("\(task) ran, and has no end")
    }
  }

  // MARK: Features

  /// A feature says in every word which image it is of.
  private func feature(of sample: Int, bytes: Int) -> FeatureBuffer {
    let buffer = FeatureBuffer(byteCount: bytes)
    buffer.withMutableBytes { $0.bindMemory(to: UInt32.self).update(repeating: UInt32(sample)) }
    return buffer
  }
  private func image(in feature: (any FeatureStorage)?) -> Int? {
    feature?.withFeatureBytes { bytes in
      // Each word is the one before.
      guard let start = bytes.baseAddress, bytes.count >= 4, memcmp(start, start + 4, bytes.count - 4) == 0 else {
        return nil
      }
      return Int(start.loadUnaligned(as: UInt32.self))
    }
  }
  /// What the task's device would send next.
  private mutating func nextChunk(of task: TaskID) -> FeatureChunk? {
    guard let feature = expected[task], feature.received < feature.total else { return nil }
    let count = whole(0...2) == 0 ? whole(1...feature.total - feature.received) : feature.total - feature.received
    return FeatureChunk(
      task: task, batch: feature.batch, sample: feature.sample, offset: feature.received, total: feature.total,
      payload: FeaturePayload(
        storage: self.feature(of: feature.sample, bytes: feature.total), offset: feature.received, count: count))
  }
  private mutating func anyTask() -> TaskID? { tasks.suffix(20).randomElement(using: &random) }

  private mutating func sendAsOneShould() {
    guard let task = anyTask(), let chunk = nextChunk(of: task) else { return }
    sent.append(chunk)
    send(chunk)
  }

  /// A chunk that is wrong in one thing at least; where by chance it is right, it is not sent.
  private mutating func attack() {
    guard let task = anyTask(), let feature = expected[task] else { return }
    let foreign = self.feature(of: 2_000_000 + whole(0...9), bytes: feature.total)
    var chunk = FeatureChunk(
      task: task, batch: feature.batch, sample: whole(0...1_000_000), offset: feature.received, total: feature.total,
      payload: FeaturePayload(storage: foreign, offset: 0, count: max(1, feature.total - feature.received)))
    let extremes = [0, 1, -1, 1 << 30, 1 << 31, .max, .min, .max - feature.total, 3, 1000]
    let extreme = extremes.randomElement(using: &random) ?? 0
    for _ in 0...whole(0...1) {
      switch whole(0...10) {
      // Never granted.
      case 0: chunk.task = TaskID(device: task.device, number: extreme)
      case 1: chunk.task = TaskID(device: DeviceID(extreme), number: task.number)
      // Twice, perhaps after its batch.
      case 2: chunk = sent.randomElement(using: &random) ?? chunk
      case 3: chunk.batch = BatchID(whole(0...1) == 0 ? extreme : feature.batch.number + whole(-2...2))
      // Overlapping, or far away.
      case 4: chunk.offset = whole(0...feature.total)
      case 5: chunk.offset = extreme
      // Of another block's or model's size, in part and whole.
      case 6: chunk.total = whole(0...1) == 0 ? extreme : anySize()
      case 9:
        chunk.total = anySize()
        chunk.offset = 0
        chunk.payload = FeaturePayload(
          storage: self.feature(of: 3_000_000, bytes: chunk.total), offset: 0, count: chunk.total)
      case 7: chunk.payload.count = extreme
      // Bytes that are not where the chunk says.
      case 8: chunk.payload.offset = extreme
      default: chunk.sample = extreme
      }
    }
    guard !isInOrder(chunk) else { return }
    hostile += 1
    send(chunk)
  }
  private mutating func anySize() -> Int { Self.bytes.joined().randomElement(using: &random) ?? 1 }

  /// Right in everything that a worker can tell.
  private func isInOrder(_ chunk: FeatureChunk) -> Bool {
    guard let feature = expected[chunk.task], feature.state != .gone, feature.received < feature.total else {
      return false
    }
    let held = feature.total - feature.received
    guard chunk.batch == feature.batch, chunk.total == feature.total, chunk.offset == feature.received,
      (1...held).contains(chunk.payload.count), feature.received == 0 || chunk.sample == feature.sample
    else { return false }
    // Nobody looks at the bytes of a feature that is too late.
    let stored = chunk.payload.storage?.withFeatureBytes { $0.count } ?? 0
    return feature.state == .late
      || (chunk.payload.offset >= 0 && chunk.payload.offset <= stored - chunk.payload.count)
  }

  private mutating func send(_ chunk: FeatureChunk) {
    let isInOrder = isInOrder(chunk)
    let isLate = expected[chunk.task]?.state == .late
    if isInOrder { expected[chunk.task]?.received += chunk.payload.count }
    let effects = hear(.chunk(chunk))
    let isRejected = effects.rejections.count == 1
    if isRejected { rejected += 1 }
    if isRejected && !effects.isOnlyRejection { faults.append("a rejected chunk had effects: \(chunk)") }
    if isRejected == isInOrder { faults.append("\(isInOrder ? "in order, rejected" : "taken"): \(chunk)") }
    if isLate && !effects.outbound.isEmpty { faults.append("a late chunk had effects: \(chunk)") }
    if isLate, isInOrder, expected[chunk.task]?.received == chunk.total { expected[chunk.task]?.state = .gone }
  }

  // MARK: What comes of it

  @discardableResult private mutating func hear(_ message: EdgeWorker.Inbound) -> Effects<EdgeWorker> {
    hear(.received(message))
  }
  @discardableResult private mutating func hear(_ event: Event<EdgeWorker>) -> Effects<EdgeWorker> {
    let effects = worker.hear(event, at: now)
    expectCompleteAhead(effects)
    for (timer, at) in effects.timers { timers.append((max(at, now), timer)) }
    for message in effects.outbound {
      switch message {
      case .run(let job): start(job)
      case .result(.answer(let answer, let batch)): judge(answer, batch)
      case .result(.dropped(let task, .lost, _)):
        if failing == nil || expected[task]?.batchRun != failing || hasEnded(task) {
          faults.append("\(task) dropped as lost")
        }
        lost.insert(task)
      case .result(.dropped(let task, let outcome, _)):
        if outcome != .expired || hasEnded(task) { faults.append("\(task) dropped as \(outcome)") }
        dropped.insert(task)
        if expected[task]?.received == expected[task]?.total { faults.append("\(task) was in, and dropped") }
        expected[task]?.state = .late
      case .uplink: break
      }
    }
    return effects
  }

  private func hasEnded(_ task: TaskID) -> Bool {
    answered.contains(task) || dropped.contains(task) || lost.contains(task)
  }

  /// Who is handed to an instance that is at another batch is in, for nobody would wait for him any more.
  private mutating func expectCompleteAhead(_ effects: Effects<EdgeWorker>) {
    var busy = Set(running.filter { !$0.value.isEmpty }.keys)
    for case .batchStarted(let batch, _, let instance, _, let size, let missing) in effects.records {
      if busy.contains(instance) && !missing.isEmpty { faults.append("\(batch) was handed ahead without \(missing)") }
      if size > 0 { busy.insert(instance) }
    }
  }

  private mutating func start(_ job: BatchJob) {
    let before = running[job.plan.instance]?.count ?? 0
    running[job.plan.instance, default: []].append(job)
    depths[before, default: 0] += 1
    models[job.plan.model, default: 0] += 1
    if before > mostAhead { faults.append("\(before) batches ahead of \(job.plan.id)") }
    if before == 2 {
      let rows = job.plan.members.count
      let isShort = last.map { $0.model == job.plan.model && $0.took * max(rows, $0.rows) / $0.rows < .milliseconds(8) }
      if isShort != true { faults.append("\(job.plan.id) lies ahead as second, and is not known to be short") }
    }
    for (member, row) in zip(job.plan.members, job.rows) {
      let own = expected[member.task]
      if own?.state != .awaited || own?.received != own?.total { faults.append("\(member.task) runs, and is not in") }
      if own?.model != job.plan.model { faults.append("\(member.task) runs through another model") }
      if row.task != member.task || row.sample != own?.sample || image(in: row.feature) != own?.sample {
        faults.append("\(member.task) runs with another's feature")
      }
      expected[member.task]?.state = .gone
      expected[member.task]?.batchRun = job.plan.id
    }
  }

  private mutating func judge(_ answer: TaskAnswer, _ batch: BatchID) {
    let own = expected[answer.task]
    if hasEnded(answer.task) { faults.append("\(answer.task) ended twice") }
    answered.insert(answer.task)
    if own?.batchRun != batch { faults.append("\(answer.task) is answered for another batch") }
    if answer.predicted != own?.sample { faults.append("\(answer.task) has another's answer") }
  }
}
