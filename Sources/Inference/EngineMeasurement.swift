public import EdgeModel
import Units

/// Latencies of an engine, measured on the machine it runs on.
public struct MeasuredLatency: Hashable, Sendable {
  /// Median of each block and head per batch size, non-decreasing.
  public var median: LatencyProfile
  /// What 99 of 100 runs stay within, non-decreasing: what policies plan with.
  public var p99: LatencyProfile
  /// How single runs scatter around the median.
  public var dispersion: LatencyDispersion
  /// Passes through the model at each batch size, least over all sizes.
  public var repeats: Int
  public init(median: LatencyProfile, p99: LatencyProfile, dispersion: LatencyDispersion, repeats: Int) {
    self.median = median
    self.p99 = p99
    self.dispersion = dispersion
    self.repeats = repeats
  }
}

/// Measures every block and exit head at every batch size.
///
/// Whole passes are timed, block after block as in a batch, so that one block's weights push another's out of the
/// caches as they will in a run. Loading the rows counts as part of block 1, whose result it delays.
public struct EngineMeasurement: Sendable {
  /// Passes at each size, at most; at least 3 are made however little time there is.
  public var repeats: Int
  /// Time after which no further round over all sizes begins.
  public var budget: Duration
  public init(repeats: Int = 50, budget: Duration = .seconds(3)) {
    self.repeats = repeats
    self.budget = budget
  }
  static let fewestRepeats = 3

  /// Measures `engine` for batches of 1...largestBatch. `features` are what it runs on, at least one, of block 1's
  /// size; they are used in turn. Takes about `budget` plus two rounds over all sizes.
  public func run<Engine: InferenceEngine & ~Copyable>(
    _ engine: inout Engine, largestBatch: Int, features: [FeatureBuffer]
  ) throws(EngineError) -> MeasuredLatency {
    precondition(!features.isEmpty && (1...engine.largestBatch).contains(largestBatch))
    var batch = engine.makeBatch()
    var samples = LatencySamples(blocks: engine.blockCount, sizes: largestBatch)
    // The first run at a size plans its memory and is several times slower.
    for size in 1...largestBatch { _ = try Self.pass(&engine, &batch, size, features) }
    let watch = Stopwatch()
    var round = 0
    // All sizes in every round, so that a disturbance hits each of them a little and none of them throughout.
    while round < Self.fewestRepeats || (round < repeats && watch.elapsed < budget) {
      for size in 1...largestBatch { samples.add(try Self.pass(&engine, &batch, size, features), size: size) }
      round += 1
    }
    return MeasuredLatency(
      median: samples.profile(LatencySamples.median), p99: samples.profile(LatencySamples.p99),
      dispersion: samples.dispersion, repeats: round)
  }

  /// Seconds of each block and of each head, for one batch of `size` that all run to the end and ask every exit.
  private static func pass<Engine: InferenceEngine & ~Copyable>(
    _ engine: inout Engine, _ batch: inout FeatureBatch, _ size: Int, _ features: [FeatureBuffer]
  ) throws(EngineError) -> [Double] {
    let rows = (0..<size).map { index in
      BatchJob.Row(
        task: TaskID(device: 0, number: index), sample: 0, feature: features[index % features.count])
    }
    batch.removeAll()
    var loading = try engine.append(rows, entering: 1, to: &batch).computed
    var seconds: [Double] = []
    for block in 1...engine.blockCount {
      let body = try engine.run(block: block, on: &batch).computed
      let head = try engine.runHead(exit: block, rows: 0..<size, of: batch).computed
      seconds += [(loading + body).inSeconds, head.inSeconds]
      loading = .zero
    }
    return seconds
  }
}
