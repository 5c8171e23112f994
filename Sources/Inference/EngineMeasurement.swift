public import EdgeModel
import Units

/// Latencies of an engine, measured on the machine it runs on.
public struct MeasuredLatency: Hashable, Sendable {
  /// Median of each block and head per batch size, non-decreasing.
  public var median: LatencyProfile
  /// What 99 of 100 runs stay within, non-decreasing: what policies plan with.
  public var p99: LatencyProfile
  /// Passes through the model at each batch size, least over all sizes.
  public var repeats: Int
  public init(median: LatencyProfile, p99: LatencyProfile, repeats: Int) {
    self.median = median
    self.p99 = p99
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
    var samples = Samples(blocks: engine.blockCount, sizes: largestBatch)
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
      median: samples.profile(Samples.median), p99: samples.profile(Samples.p99), repeats: round)
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

/// Samples of each part (block 1, head 1, block 2, …) at each size.
private struct Samples {
  /// `seconds[part][size - 1]`, in the order they were taken.
  var seconds: [[[Double]]]

  init(blocks: Int, sizes: Int) {
    seconds = Array(repeating: Array(repeating: [], count: sizes), count: 2 * blocks)
  }
  mutating func add(_ pass: [Double], size: Int) {
    for (part, value) in pass.enumerated() { seconds[part][size - 1].append(value) }
  }
  func profile(_ curve: ([[Double]]) -> [Double]) -> LatencyProfile {
    let tables = seconds.map { LatencyCurve.table(curve($0)).monotone }
    return LatencyProfile(
      blocks: stride(from: 0, to: tables.count, by: 2).map { BlockProfile(latency: tables[$0], head: tables[$0 + 1]) })
  }

  static func median(_ sizes: [[Double]]) -> [Double] { sizes.map { quantile($0, 0.5) } }

  /// With a few dozen samples a size, its own 99th percentile would be its worst outlier, and a running maximum would
  /// spread that outlier over every larger size. The spread around the median is alike at sizes that take about as
  /// long, so it is taken from all of those together; from all sizes it must not be, for an interruption that makes one
  /// row ten times slower adds little to sixty-four.
  static func p99(_ sizes: [[Double]]) -> [Double] {
    let medians = median(sizes)
    let spreads = zip(sizes, medians).map { values, median in values.map { median > 0 ? $0 / median : 1 } }
    return sizes.indices.map { index in
      let reach = max(4, index / 4)
      let alike = spreads[max(0, index - reach)...min(sizes.count - 1, index + reach)]
      return medians[index] * max(1, quantile(Array(alike.joined()), 0.99))
    }
  }
  /// The value that a share `q` of `values` do not exceed.
  static func quantile(_ values: [Double], _ q: Double) -> Double {
    let sorted = values.sorted()
    return sorted[min(sorted.count - 1, max(0, Int((Double(sorted.count) * q).rounded(.up)) - 1))]
  }
}
