public import EdgeModel
public import TraceLog

/// What one worker is.
public struct WorkerConfiguration: Sendable {
  public var capability: WorkerCapability
  /// Bytes of the feature that enters block n of model m at `featureBytes[m][n - 1]`; one for each block.
  public var featureBytes: [[Int]]
  /// Planned steps of its engine's speed: a batch that starts at or behind one runs at it.
  public var speed: StepSchedule
  /// How many batches that are due and complete are handed at most to an engine that is still at another, 0 to 2, which
  /// saves the way through the loop between them. More than none only where what it runs with is known by then: one
  /// instance, of steady speed; in virtual time that way takes no time. Two only where the loop can be late for an engine
  /// that goes on without it, not emulated: on processors of its own, or on a GPU. On shared ones they go on or stand still
  /// together.
  public var mostAhead: Int
  public init(
    capability: WorkerCapability, featureBytes: [[Int]], speed: StepSchedule = StepSchedule(), mostAhead: Int = 0
  ) {
    precondition(mostAhead == 0 || capability.instances == 1 && speed.steps.isEmpty)
    precondition(mostAhead < 2 || !capability.isPaced)
    self.mostAhead = mostAhead
    self.speed = speed
    self.capability = capability
    self.featureBytes = featureBytes
  }

  /// Why `plan` cannot be run here; nil when it can.
  func fault(in plan: BatchPlan) -> String? {
    if plan.worker != capability.worker { return "planned for worker \(plan.worker.number)" }
    if !(0..<capability.instances).contains(plan.instance) { return "there is no instance \(plan.instance)" }
    if plan.members.isEmpty || plan.members.count > capability.maxBatch {
      return "\(plan.members.count) members, 1 to \(capability.maxBatch) are allowed"
    }
    return fault(in: plan.members, of: plan.model)
  }

  /// Whether a second batch may lie ahead where one should take so long: a busy machine keeps the loop from its processor
  /// for some milliseconds at times, and an engine of short batches would be idle.
  func isShort(_ time: Duration) -> Bool { mostAhead > 1 && time < .milliseconds(8) }

  /// Members of open plans that may be awaited or wait at once.
  static let mostAwaited = 65_536

  /// Why `plan` cannot be followed here, where `room` more may be awaited; nil when it can.
  func fault(in plan: OpenPlan, room: Int) -> String? {
    if plan.worker != capability.worker { return "planned for worker \(plan.worker.number)" }
    if !(1...capability.maxBatch).contains(plan.rule.maxBatch) {
      return "batches of \(plan.rule.maxBatch), 1 to \(capability.maxBatch) are allowed"
    }
    if plan.rule.queueDelay < .zero || (plan.rule.timeout ?? .zero) < .zero { return "a negative delay" }
    if plan.members.count > room { return "\(plan.members.count) members, room is for \(room)" }
    return fault(in: plan.members.map(\.member), of: 0)
  }

  private func fault(in members: [BatchPlan.Member], of model: ModelID) -> String? {
    guard featureBytes.indices.contains(model.number) else { return "there is no model \(model.number)" }
    let featureBytes = featureBytes[model.number]
    let blocks = featureBytes.count
    if Set(members.map(\.task)).count != members.count { return "a member twice" }
    for member in members {
      guard member.entry >= 1, member.exit >= member.entry, member.exit <= blocks else {
        return "a member enters at block \(member.entry) and leaves at \(member.exit) of \(blocks)"
      }
      guard member.featureBytes == featureBytes[member.entry - 1] else {
        return
          "a feature of \(member.featureBytes) bytes, block \(member.entry) takes \(featureBytes[member.entry - 1])"
      }
    }
    return nil
  }
}

/// A batch on an engine instance.
struct RunningBatch: Sendable {
  /// With those only that were in.
  let plan: BatchPlan
  private let started: Instant
  private let isAhead: Bool
  private let missing: Int
  private var firstBlock: BlockRun?
  private(set) var lastBlock: BlockRun?
  private(set) var answered: [TaskID] = []
  private var lateAnswers = 0

  /// `isAhead`: its instance was at another when it was handed to it.
  init(plan: BatchPlan, missing: Int, started: Instant, isAhead: Bool = false) {
    self.plan = plan
    self.missing = missing
    self.started = started
    self.isAhead = isAhead
  }
  mutating func ran(_ block: BlockRun) {
    firstBlock = firstBlock ?? block
    lastBlock = block
  }
  /// When it was handed to the instance, or the instance came to it.
  var began: Instant { isAhead ? firstBlock?.start ?? started : started }
  /// From its first block's start to the end of the last so far; nil before that.
  var took: Duration? { lastBlock.flatMap { last in firstBlock.map { last.end - $0.start } } }
  func plannedExit(of task: TaskID) -> Int { plan.members.first { $0.task == task }?.exit ?? 0 }
  mutating func answer(_ task: TaskID, at now: Instant) {
    answered.append(task)
    if let member = plan.members.first(where: { $0.task == task }), member.completion < now { lateAnswers += 1 }
  }
  /// Members whose answer left late, or not at all until now.
  var late: Int { missing + lateAnswers + plan.members.count - answered.count }
}

/// A feature on its way in. Chunks come in order (one TCP connection per device process), so one counter is enough.
struct IncomingFeature: Sendable {
  let batch: BatchID
  /// When its last byte is due.
  let planned: Instant
  let total: Int
  private(set) var received = 0
  private(set) var sample = 0
  /// Its bytes, where it is complete and they are more than a count: those of its one chunk as they came, else put together.
  var bytes: (any FeatureStorage)? { whole ?? buffer }
  private var whole: (any FeatureStorage)?
  /// Allocated at the first of several chunks that bring bytes.
  private var buffer: FeatureBuffer?
  private var keepsBytes = true
  /// A smaller chunk would keep more memory alive, which it was received in, than copying takes [byte].
  private static let leastKept = 4096

  init(batch: BatchID, planned: Instant, total: Int) {
    self.batch = batch
    self.planned = planned
    self.total = total
  }

  var isComplete: Bool { received == total }
  /// The same feature, of which only the sizes count from now on.
  var withoutBytes: IncomingFeature {
    var copy = self
    copy.buffer = nil
    copy.whole = nil
    copy.keepsBytes = false
    return copy
  }

  /// Takes a chunk in; what is wrong with it, or nil.
  mutating func add(_ chunk: FeatureChunk) -> String? {
    if chunk.batch != batch { return "sent for batch \(chunk.batch.number), planned in \(batch.number)" }
    if chunk.total != total { return "a feature of \(chunk.total) bytes, \(total) are planned" }
    if chunk.offset != received { return "\(received) bytes are in, so it is out of order or twice" }
    if received > 0, chunk.sample != sample { return "of image \(chunk.sample), what is in is of \(sample)" }
    if chunk.payload.count < 1 || chunk.payload.count > total - received { return "\(chunk.payload.count) bytes" }
    if keepsBytes, let storage = chunk.payload.storage {
      if chunk.payload.count == total, storage.byteCount == total, chunk.payload.offset == 0, total >= Self.leastKept {
        whole = storage
      } else {
        // Chunks come in order and without gaps, and nobody reads a feature that is not complete.
        let buffer = buffer ?? FeatureBuffer(uninitialized: total)
        guard buffer.write(chunk.payload, at: received) else { return "its bytes do not fit" }
        self.buffer = buffer
      }
    }
    sample = chunk.sample
    received += chunk.payload.count
    return nil
  }
}
