import EdgeModel
import Nodes
import Units
import Wire

/// Random messages of every link, from one named stream.
struct RandomMessages {
  var random: RandomStream
  init(seed: UInt64) { random = RandomStream(seed: seed, device: 0, purpose: "wire tests") }

  mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
  mutating func instant() -> Instant {
    Instant(nanoseconds: Int64.random(in: -900_000_000_000_000_000...900_000_000_000_000_000, using: &random))
  }
  mutating func text() -> String {
    let letters = Array("abc-0 äß→🙂\"\\\u{1}")
    return String((0..<number(0...40)).map { _ in letters[number(0...letters.count - 1)] })
  }
  mutating func task() -> TaskID { TaskID(device: DeviceID(number(0...100_000)), number: number(0...4_000_000_000)) }
  mutating func list<Element>(_ most: Int = 8, _ make: (inout Self) -> Element) -> [Element] {
    (0..<number(0...most)).map { _ in make(&self) }
  }
  mutating func welcome() -> StationWelcome {
    StationWelcome(run: text(), boot: text(), clockEndpoint: text(), isUnderWay: number(0...1) == 1)
  }

  mutating func inferenceTask() -> InferenceTask {
    InferenceTask(
      id: task(), generated: instant(), deadline: instant(), requiredAccuracy: random.uniform(),
      feature: Bits(random.uniform() * 1e9), entry: number(1...9))
  }
  mutating func emulatorToStation() -> EmulatorToStation {
    switch number(0...6) {
    case 0:
      .hello(
        EmulatorHello(
          name: text(), boot: text(), topologySHA256: text(), devices: list(40) { DeviceID($0.number(0...9999)) }))
    case 1: .ready
    case 2: .offers(list { $0.inferenceTask() })
    case 3: .settled(list { SettledTask(task: $0.task(), outcome: Outcome.allCases[$0.number(0...4)]) })
    case 4: .beat
    case 5: .goodbye
    default: .finished
    }
  }
  mutating func grant() -> UplinkGrant {
    UplinkGrant(
      task: task(), frame: FrameID(number(0...1 << 30)), batch: BatchID(number(0...1 << 30)),
      worker: WorkerID(number(0...99)), bandwidth: Hertz(random.uniform() * 1e8), rate: BitRate(random.uniform() * 1e9),
      uploadStart: instant(), uploadEnd: instant(), exit: number(1...9))
  }
  mutating func stationToEmulator() -> StationToEmulator {
    switch number(0...7) {
    case 0: .welcome(welcome(), workers: list { $0.text() })
    case 1: .start(monotonic: Int64.random(in: .min ... .max, using: &random))
    case 2: .grants(list { $0.grant() })
    case 3: .refusals(list { RefusedTask(task: $0.task(), reason: RefusalReason.allCases[$0.number(0...4)]) })
    case 4: .beat
    case 5: .workerLost(WorkerID(number(0...99)))
    case 6: .workerReturned(WorkerID(number(0...99)))
    default: .stop(cause: text())
    }
  }
  mutating func workerToStation() -> WorkerToStation {
    switch number(0...4) {
    case 0: return .hello(WorkerHello(name: text(), boot: text(), topologySHA256: text(), endpoint: text()))
    case 1:
      let (batch, instances) = (number(1...17), number(1...4))
      var models = (0..<number(1...3)).map { _ in
        let blocks = number(1...5)
        return WorkerReadiness(
          maxBatch: batch, instances: instances, featureBytes: (0..<blocks).map { _ in number(1...100_000) },
          accuracies: (0..<blocks).map { _ in random.uniform() },
          latencies: (0..<blocks).map { _ in (0..<batch).map { _ in random.uniform() } })
      }
      var first = models.removeFirst()
      first.furtherModels = models
      return .ready(first)
    case 2:
      return .report(
        BatchReport(
          batch: BatchID(number(0...9999)), worker: WorkerID(number(0...9)), instance: number(0...3),
          started: instant(), ended: instant(), size: number(0...99), answered: list(20) { $0.task() },
          late: number(0...99)))
    case 3: return .goodbye
    default: return .beat
    }
  }
  mutating func member() -> BatchPlan.Member {
    BatchPlan.Member(
      task: task(), entry: number(1...3), exit: number(3...9),
      rule: number(0...1) == 0 ? .assigned : .confidence(threshold: random.uniform()),
      featureBytes: number(1...1 << 20),
      uploadEnd: instant(), completion: instant())
  }
  mutating func rule() -> BatchingRule {
    BatchingRule(
      maxBatch: number(1...99), queueDelay: .nanoseconds(number(0...1_000_000_000)),
      timeout: number(0...1) == 0 ? nil : .nanoseconds(number(0...1_000_000_000)))
  }
  mutating func stationToWorker() -> StationToWorker {
    switch number(0...5) {
    case 0: .welcome(welcome(), worker: WorkerID(number(0...9)))
    case 1: .start(monotonic: Int64.random(in: .min ... .max, using: &random))
    case 2:
      .plan(
        BatchPlan(
          id: BatchID(number(0...1 << 30)), frame: FrameID(number(0...1 << 30)), worker: WorkerID(number(0...9)),
          instance: number(0...3), model: ModelID(number(0...3)), start: instant(), members: list(20) { $0.member() }))
    case 3: .beat
    case 4:
      .open(
        OpenPlan(
          id: BatchID(number(0...1 << 30)), frame: FrameID(number(0...1 << 30)), worker: WorkerID(number(0...9)),
          rule: rule(), members: list(20) { OpenPlan.Member($0.member(), priority: $0.number(1...9)) }))
    default: .stop(cause: text())
    }
  }
  mutating func workerToEmulator() -> WorkerToEmulator {
    switch number(0...2) {
    case 0: .welcome
    case 1:
      .answers(
        list {
          BatchAnswer(
            answer: TaskAnswer(
              task: $0.task(), exit: $0.number(1...9), predicted: $0.number(0...9), confidence: $0.random.uniform()),
            batch: BatchID($0.number(0...9999)))
        })
    default: .dropped(task(), Outcome.allCases[number(0...4)], reason: text())
    }
  }
  mutating func chunk() -> FeatureChunk {
    FeatureChunk(
      task: task(), batch: BatchID(number(0...9999)), sample: number(0...9999), offset: number(0...1 << 20),
      total: number(1...1 << 20), payload: FeaturePayload(storage: nil, offset: 0, count: number(1...65_536)))
  }
  mutating func probe() -> ClockProbeMessage {
    ClockProbeMessage(
      asked: Int64.random(in: .min ... .max, using: &random), answered: Int64.random(in: .min ... .max, using: &random))
  }
}
