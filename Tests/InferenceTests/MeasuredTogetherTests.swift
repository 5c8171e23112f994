import EdgeModel
import Glibc
import Inference
import Synchronization
import Testing

/// What the instances' engines see of each other while they are measured.
private final class Witness: Sendable {
  struct Seen {
    /// Calls of each instance's blocks.
    var calls: [Int]
    /// Of the others, when the last instance was open.
    var callsBefore: [Int] = []
    /// Calls of the last instance during which another made none.
    var callsAlone = 0
  }
  let seen: Mutex<Seen>
  let instances: Int
  init(instances: Int) {
    self.instances = instances
    seen = Mutex(Seen(calls: Array(repeating: 0, count: instances)))
  }
  /// Until each other instance has made a call since, however long the machine takes for it; 10 s mean never, and once is
  /// enough.
  func waitForOthers() {
    let (before, wereAway) = seen.withLock { ($0.calls, $0.callsAlone > 0) }
    if wereAway { return }
    for _ in 0..<100_000 {
      let now = seen.withLock { $0.calls }
      if (0..<instances - 1).allSatisfy({ now[$0] > before[$0] }) { return }
      usleep(100)
    }
    seen.withLock { $0.callsAlone += 1 }
  }
}

/// Says at each call that it was made; the last instance's calls take until the others have made one too.
private struct WitnessedEngine: InferenceEngine {
  static let blocks = 2
  let witness: Witness
  let instance: Int
  /// Calls that go well.
  var callsLeft = Int.max
  let blockCount = Self.blocks
  let largestBatch = 2
  func featureValues(entering block: Int) -> Int { 1 }
  func makeBatch() -> FeatureBatch { FeatureBatch(capacity: largestBatch, widest: 1) }
  mutating func append(
    _ rows: [BatchJob.Row], entering block: Int, to batch: inout FeatureBatch
  ) throws(EngineError) -> BlockReport {
    for row in rows { row.feature?.withFeatureBytes { batch.append(sample: 0, row: $0) } }
    return BlockReport(computed: .microseconds(1))
  }
  mutating func run(block: Int, on batch: inout FeatureBatch) throws(EngineError) -> BlockReport {
    guard callsLeft > 0 else { throw EngineError("it broke", remedy: "mend it") }
    callsLeft -= 1
    witness.seen.withLock { $0.calls[instance] += 1 }
    let isWarm = witness.seen.withLock { $0.calls[instance] > Self.blocks * largestBatch }
    if instance == witness.instances - 1, isWarm { witness.waitForOthers() }
    return BlockReport(computed: .microseconds(100 * (instance + 1)))
  }
  mutating func runHead(exit: Int, rows: Range<Int>, of batch: borrowing FeatureBatch) throws(EngineError)
    -> ExitAnswers
  {
    ExitAnswers(answers: [], computed: .microseconds(10))
  }
}

@Suite struct MeasuredTogetherTests {
  private let measurement = EngineMeasurement(repeats: 20, budget: .zero)
  private let features = [FeatureBuffer(byteCount: 4)]

  /// However late an instance opens and however slow it is: the others do no more than warm up before, and are at work
  /// until it is through.
  @Test(arguments: [2, 3, 5]) func allAreAtWorkWhileAnyIsMeasured(instances: Int) throws {
    let witness = Witness(instances: instances)
    let profile = try measurement.run(together: instances, largestBatch: 2, features: features) { instance in
      if instance == instances - 1 {
        usleep(100_000)
        witness.seen.withLock { $0.callsBefore = $0.calls }
      }
      return WitnessedEngine(witness: witness, instance: instance)
    }
    let seen = witness.seen.withLock { $0 }
    #expect(seen.callsBefore.allSatisfy { $0 <= WitnessedEngine.blocks * 2 }, "\(seen)")
    #expect(seen.callsAlone == 0, "\(seen)")
    // The slowest one's.
    #expect(profile.blocks.allSatisfy { abs($0.latency.seconds(2) - 1e-4 * Double(instances)) < 2e-6 })
  }

  /// Whichever instance breaks at whatever call, or cannot be opened: the rest does not wait for it.
  @Test(arguments: 0..<16) func nobodyWaitsForOneThatBroke(callsLeft: Int) throws {
    for broken in 0..<3 {
      let witness = Witness(instances: 4)
      #expect(throws: EngineError("it broke", remedy: "mend it")) {
        try measurement.run(together: 3, largestBatch: 2, features: features) { (instance) throws(EngineError) in
          var engine = WitnessedEngine(witness: witness, instance: instance)
          guard instance == broken else { return engine }
          if callsLeft == 0 { throw EngineError("it broke", remedy: "mend it") }
          // Warming up and three rounds, at two sizes and two blocks, are 16 calls.
          engine.callsLeft = callsLeft
          return engine
        }
      }
    }
  }
}
