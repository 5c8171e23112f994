import EdgeModel
import TraceLog
import Units

/// Any record with any values that a trace can hold.
struct RandomRecords {
  static let kinds = 33
  private var random: RandomStream
  init(seed: Int) { random = RandomStream(seed: UInt64(seed), device: 0, purpose: "records") }

  /// A record of kind 0..<kinds.
  mutating func record(_ kind: Int) -> TraceRecord {
    switch kind {
    case 0:
      .traceOpened(
        TraceHeader(
          run: text(), node: text(), role: pick([.device, .baseStation, .edgeWorker]), host: text(), process: number(),
          version: text(), topologySHA256: text(), boot: text()))
    case 1: .runStarted(monotonic: Int64.random(in: 0...(1 << 61), using: &random))
    case 2: .clockProbe(sent: instant(), peer: instant(), received: instant())
    case 3: .peerLost(node: text(), cause: text())
    case 4: .messageRejected(from: text(), reason: text())
    case 5: .faultNoticed(kind: text())
    case 6: .stopped(cause: text())
    case 7:
      .loopStatistics(
        LoopStatistics(
          timers: number(), latenessMedian: duration(), latenessP99: duration(), latenessMax: duration(),
          events: number(), busy: duration(), cpu: duration(), steal: double()))
    case 8: .traceClosed(records: number())
    case 9:
      .taskOffered(
        InferenceTask(
          id: task(), generated: instant(), deadline: instant(), requiredAccuracy: double(), feature: Bits(double()),
          entry: depth()), group: text(), sample: number(), label: number(), stem: duration())
    case 10: .grantReceived(task(), frame: FrameID(number()))
    case 11: .uploadStarted(task(), planned: instant())
    case 12:
      .uploadEnded(
        task(), planned: instant(), bytes: number(), chunkBytes: number(), sent: list { $0.instant() })
    case 13: ended()
    case 14: .frameStarted(FrameID(number()), edge: instant())
    case 15:
      .frameAllocated(
        FrameSummary(
          frame: FrameID(number()), policy: text(), offers: number(), granted: number(), deferred: number(),
          refused: number(), bandwidth: Hertz(double()), bandwidthGranted: Hertz(double()), solve: duration(),
          searchNodes: number(), status: pick([.optimal, .feasible, .budget]), fallback: flip()))
    case 16:
      .taskGranted(
        UplinkGrant(
          task: task(), frame: FrameID(number()), batch: BatchID(number()), worker: WorkerID(number()),
          bandwidth: Hertz(double()), rate: BitRate(double()), uploadStart: instant(), uploadEnd: instant(),
          exit: depth()), entry: depth(), spectralEfficiency: double(), completion: instant())
    case 17: .taskDeferred(task(), frame: FrameID(number()), reason: pick(RefusalReason.allCases))
    case 18: .taskRefused(task(), frame: FrameID(number()), reason: pick(RefusalReason.allCases))
    case 19: .batchPlanned(plan())
    case 20: .batchReported(BatchID(number()), worker: WorkerID(number()), ended: instant())
    default: workerRecord(kind)
    }
  }

  private mutating func workerRecord(_ kind: Int) -> TraceRecord {
    switch kind {
    case 21:
      .workerReady(
        WorkerCapability(
          worker: WorkerID(number()), name: text(), engine: text(), isPaced: flip(), instances: number(),
          maxBatch: number(), accuracies: list { $0.double() }))
    case 22: .planReceived(BatchID(number()), planned: instant())
    case 23:
      .featureReceived(
        task(), batch: flip() ? BatchID(number()) : nil, bytes: number(), planned: flip() ? instant() : nil)
    case 24:
      .batchStarted(
        BatchID(number()), frame: FrameID(number()), instance: number(), planned: instant(), size: number(),
        missing: list { $0.task() })
    case 25:
      .blockRan(
        BlockRun(
          batch: BatchID(number()), instance: number(), block: depth(), size: number(), start: instant(),
          end: instant(), expected: duration(), computed: duration()))
    case 26: .taskExited(answer(task()), batch: BatchID(number()), plannedExit: depth())
    case 27: .taskDropped(task(), batch: flip() ? BatchID(number()) : nil, reason: text())
    case 28: .openPlanned(openPlan())
    case 29: .openPlanReceived(BatchID(number()), members: number())
    case 30: .batchFormed(plan(), rule: rule())
    case 31: .peerReturned(node: text())
    case 32:
      .modelLoaded(
        ModelLoad(
          batch: BatchID(number()), model: ModelID(number()), took: duration(), bytes: number(),
          loadedBytes: number(), unloaded: list { ModelID($0.number()) }))
    default: .batchEnded(BatchID(number()), instance: number())
    }
  }

  mutating func instant() -> Instant {
    Instant(nanoseconds: Int64.random(in: -(1 << 57)...(1 << 57), using: &random))
  }
  mutating func number() -> Int { Int.random(in: -(1 << 53)...(1 << 53), using: &random) }

  private mutating func ended() -> TraceRecord {
    let task = task()
    // Energy is written in mJ; multiples of 1/1024 J survive the way there and back exactly.
    let energy = Joules(Double(Int.random(in: 0...1_000_000, using: &random)) / 1_024)
    return .taskEnded(
      task,
      TaskEnding(
        outcome: pick(Outcome.allCases), cause: text(), answer: flip() ? answer(task) : nil, energy: energy))
  }
  private mutating func plan() -> BatchPlan {
    BatchPlan(
      id: BatchID(number()), frame: FrameID(number()), worker: WorkerID(number()), instance: number(),
      start: instant(),
      members: list { $0.member() })
  }
  private mutating func openPlan() -> OpenPlan {
    OpenPlan(
      id: BatchID(number()), frame: FrameID(number()), worker: WorkerID(number()), rule: rule(),
      members: list { OpenPlan.Member($0.member(), priority: $0.number()) })
  }
  private mutating func rule() -> BatchingRule {
    BatchingRule(maxBatch: number(), queueDelay: duration(), timeout: flip() ? duration() : nil)
  }
  private mutating func member() -> BatchPlan.Member {
    BatchPlan.Member(
      task: task(), entry: depth(), exit: depth(), rule: flip() ? .assigned : .confidence(threshold: double()),
      featureBytes: number(), uploadEnd: instant(), completion: instant())
  }
  private mutating func answer(_ task: TaskID) -> TaskAnswer {
    TaskAnswer(task: task, exit: depth(), predicted: number(), confidence: double())
  }
  private mutating func task() -> TaskID { TaskID(device: DeviceID(number()), number: number()) }
  private mutating func depth() -> Int { Int.random(in: 0...4_096, using: &random) }
  private mutating func duration() -> Duration { .nanoseconds(instant().nanoseconds) }
  private mutating func flip() -> Bool { Bool.random(using: &random) }
  private mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[Int.random(in: 0..<elements.count, using: &random)]
  }
  private mutating func double() -> Double {
    switch Int.random(in: 0...3, using: &random) {
    case 0: 0
    case 1: Double(number())
    case 2: random.uniform()
    default: (random.uniform() - 0.5) * 1e300
    }
  }
  private mutating func list<Element>(_ make: (inout RandomRecords) -> Element) -> [Element] {
    let count = Int.random(in: 0...5, using: &random)
    return (0..<count).map { _ in make(&self) }
  }
  private mutating func text() -> String {
    let letters: [String] = ["a", "Z", "\"", "\\", "\n", "\t", "\u{1}", "é", "🙂", "/", ",", "{", "]", " ", "\u{7F}"]
    let count = Int.random(in: 0...8, using: &random)
    return (0..<count).map { _ in pick(letters) }.joined()
  }
}
