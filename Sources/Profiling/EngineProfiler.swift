public import EdgeModel
public import Inference
import Units

/// Measures all that a profile holds: blocks and heads in whole passes at every batch size, moving features in and
/// answers out, and shrinking.
public struct EngineProfiler: Sendable {
  /// Rounds over everything, at most; at least 3 are made however little time there is.
  public var repeats: Int
  /// Time after which no further round begins.
  public var budget: Duration
  public init(repeats: Int, budget: Duration) {
    self.repeats = repeats
    self.budget = budget
  }
  public static let fewestRepeats = 3

  /// Measures `engine` for batches of 1...largestBatch. `features[n - 1]` are what enters block n, at least one of the
  /// block's size each; they are used in turn. `progress` is told the share that is done, never falling, and how many
  /// rounds that are; the last call is told 1.
  ///
  /// Takes about `budget`, and a round more where even 3 take longer. One round is O(largestBatch²) rows through the
  /// model.
  public func run<Engine: InferenceEngine & ~Copyable>(
    _ engine: inout Engine, largestBatch: Int, features: [[FeatureBuffer]],
    progress: (_ share: Double, _ rounds: Int) -> Void = { _, _ in }
  ) throws(EngineError) -> ProfileMeasurement {
    precondition((1...engine.largestBatch).contains(largestBatch) && features.count == engine.blockCount)
    precondition(features.allSatisfy { !$0.isEmpty })
    var batch = try engine.makeBatch()
    var taken = Self.empty(blocks: engine.blockCount, largestBatch)
    // The first run at a size plans its memory and is several times slower.
    var discarded = taken
    try Self.round(&engine, &batch, largestBatch, features, into: &discarded) { progress($0 * 0.02, 0) }
    let watch = Stopwatch()
    while taken.repeats < Self.fewestRepeats || (taken.repeats < repeats && watch.elapsed < budget) {
      let done = taken.repeats
      try Self.round(&engine, &batch, largestBatch, features, into: &taken) { share in
        progress(0.02 + 0.98 * self.share(rounds: Double(done) + share, watch.elapsed), done)
      }
      taken.repeats += 1
    }
    taken.timer = Self.timer()
    progress(1, taken.repeats)
    return taken
  }

  private func share(rounds: Double, _ elapsed: Duration) -> Double {
    let least = Double(Self.fewestRepeats)
    let byRounds = rounds / Double(max(repeats, Self.fewestRepeats))
    let byTime = budget > .zero ? elapsed / budget : 1
    // Whichever ends it first, but the fewest rounds are always made.
    return min(1, max(byRounds, min(byTime, rounds / least)))
  }

  private static func empty(blocks: Int, _ largest: Int) -> ProfileMeasurement {
    ProfileMeasurement(
      repeats: 0, timer: 0, parts: LatencySamples(parts: 2 * blocks, sizes: largest),
      whole: LatencySamples(parts: 1, sizes: largest), loading: LatencySamples(parts: blocks, sizes: largest),
      answering: LatencySamples(parts: blocks, sizes: largest),
      gathering: LatencySamples(parts: blocks - 1, sizes: largest - 1),
      keeping: LatencySamples(parts: blocks - 1, sizes: largest - 1))
  }

  /// One sample of everything. All sizes in every round, so that a disturbance hits each of them a little and none of
  /// them throughout.
  private static func round<Engine: InferenceEngine & ~Copyable>(
    _ engine: inout Engine, _ batch: inout FeatureBatch, _ largest: Int, _ features: [[FeatureBuffer]],
    into taken: inout ProfileMeasurement, progress: (Double) -> Void
  ) throws(EngineError) {
    for size in 1...largest {
      let pass = try EnginePass(on: &engine, &batch, size: size, features: features[0])
      taken.parts.add(pass.parts, size: size)
      taken.whole.add([pass.whole], size: size)
      taken.answering.add(pass.answers, size: size)
      // Rows through the model so far, of all: a size takes about as long as it has rows.
      progress(0.95 * Double(size * (size + 1)) / Double(largest * (largest + 1)))
    }
    for block in 1...engine.blockCount {
      for size in 1...largest {
        batch.removeAll()
        let report = try engine.append(EnginePass.rows(size, features[block - 1]), entering: block, to: &batch)
        taken.loading.add(report.computed.inSeconds, part: block - 1, size: size)
      }
    }
    for block in 1..<engine.blockCount {
      let rows = EnginePass.rows(largest, features[block])
      try shrink(&engine, &batch, rows, behind: block, into: &taken)
    }
  }

  /// A full batch behind `block` that loses one row after the other, once by gathering, once by keeping the first.
  private static func shrink<Engine: InferenceEngine & ~Copyable>(
    _ engine: inout Engine, _ batch: inout FeatureBatch, _ rows: [BatchJob.Row], behind block: Int,
    into taken: inout ProfileMeasurement
  ) throws(EngineError) {
    for isGathered in [true, false] {
      batch.removeAll()
      _ = try engine.append(rows, entering: block + 1, to: &batch)
      for left in stride(from: rows.count - 1, through: 1, by: -1) {
        // The one in the middle leaves.
        let order = (0..<left).map { $0 < left / 2 ? $0 : $0 + 1 }
        let watch = Stopwatch()
        if isGathered { try engine.gather(order, of: &batch) } else { try engine.keep(first: left, of: &batch) }
        let seconds = watch.elapsed.inSeconds
        if isGathered {
          taken.gathering.add(seconds, part: block - 1, size: left)
        } else {
          taken.keeping.add(seconds, part: block - 1, size: left)
        }
      }
    }
  }

  private static func timer() -> Double {
    let readings = (0..<1001).map { _ in Stopwatch().elapsed.inSeconds }
    return readings.sorted()[500]
  }
}
