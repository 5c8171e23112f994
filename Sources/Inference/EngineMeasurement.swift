public import EdgeModel

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

/// Measures every block and exit head at every batch size, by whole passes (`EnginePass`).
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
    try run(&engine, largestBatch: largestBatch, features: features, beside: Together(count: 1))
  }

  /// The same while all of `others` measure, this one among them: from when the last of them is warm, and at work until the
  /// last of them is through.
  func run<Engine: InferenceEngine & ~Copyable>(
    _ engine: inout Engine, largestBatch: Int, features: [FeatureBuffer], beside others: Together
  ) throws(EngineError) -> MeasuredLatency {
    precondition(!features.isEmpty && (1...engine.largestBatch).contains(largestBatch))
    var batch = try engine.makeBatch()
    var samples = LatencySamples(parts: 2 * engine.blockCount, sizes: largestBatch)
    // The first run at a size plans its memory and is several times slower.
    for size in 1...largestBatch { _ = try EnginePass(on: &engine, &batch, size: size, features: features) }
    others.waitForAll()
    let watch = Stopwatch()
    var round = 0
    // All sizes in every round, so that a disturbance hits each of them a little and none of them throughout.
    while round < Self.fewestRepeats || (round < repeats && watch.elapsed < budget) {
      for size in 1...largestBatch {
        samples.add(try EnginePass(on: &engine, &batch, size: size, features: features).parts, size: size)
      }
      round += 1
    }
    others.finishOne()
    while !others.areThrough {
      for size in 1...largestBatch where !others.areThrough {
        _ = try EnginePass(on: &engine, &batch, size: size, features: features)
      }
    }
    return MeasuredLatency(
      median: samples.profile(samples.medians), p99: samples.profile { samples.upper(0.99, of: $0) },
      dispersion: samples.dispersion, repeats: round)
  }
}
