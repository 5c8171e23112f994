public import EdgeModel
import Units

/// What an engine took for one block.
public struct BlockReport: Hashable, Sendable {
  /// `computed` in nanoseconds: a `Duration` is 128 bits wide, and its sums are calls.
  public var nanoseconds: Int64
  public var computed: Duration { .nanoseconds(nanoseconds) }
  public init(computed: Duration) { nanoseconds = computed.inNanoseconds }
  /// What has passed on `watch`.
  public init(_ watch: Stopwatch) { nanoseconds = watch.nanoseconds }
}

/// Runs blocks and exit heads on a batch whose tensors stay where the engine keeps them. Real, or replayed.
///
/// An engine is one instance: it runs one thing at a time, on the caller's thread, which it blocks. Blocks and exits
/// count from 1. The defaults for moving rows are those of an engine that computes in the batch's own memory.
public protocol InferenceEngine: ~Copyable {
  /// Blocks of the model, each with an exit behind it.
  var blockCount: Int { get }
  /// Most rows of a batch.
  var largestBatch: Int { get }
  /// Float32 values of the feature that enters `block`.
  func featureValues(entering block: Int) -> Int
  /// An empty batch for this engine; to be made once and used again. Throws where a device has no memory left for one.
  func makeBatch() throws(EngineError) -> FeatureBatch

  /// Adds rows that enter `block` behind those that are there, and says what it took. Throws, with no row added, for a
  /// feature that is absent or not of `featureValues(entering:)` values, and beyond `largestBatch`. O(their bytes).
  mutating func append(
    _ rows: [BatchJob.Row], entering block: Int, to batch: inout FeatureBatch
  ) throws(EngineError) -> BlockReport
  /// Takes a group of `features` behind the rows that are there: without copying where there is none, and keeps them until
  /// the block that they enter has run. False, with no row added, where this engine or that block cannot. O(rows), and
  /// O(their bytes) where they are copied.
  mutating func adopt(_ group: FeatureRows.Group, of features: FeatureRows, into batch: inout FeatureBatch) -> Bool
  /// Keeps the first `count` rows, moving nothing.
  mutating func keep(first count: Int, of batch: inout FeatureBatch) throws(EngineError)
  /// Keeps the rows with these indices, in this order; used where those who stay are not the first.
  mutating func gather(_ order: [Int], of batch: inout FeatureBatch) throws(EngineError)

  /// Replaces each row by what `block` makes of it. The batch must not be empty.
  mutating func run(block: Int, on batch: inout FeatureBatch) throws(EngineError) -> BlockReport
  /// What the exit behind the last block that ran answers to `rows`, which must not be empty.
  mutating func runHead(exit: Int, rows: Range<Int>, of batch: borrowing FeatureBatch) throws(EngineError)
    -> ExitAnswers
}

extension InferenceEngine where Self: ~Copyable {
  // Inlinable, so that each engine has its own.
  @inlinable public mutating func append(
    _ rows: [BatchJob.Row], entering block: Int, to batch: inout FeatureBatch
  ) throws(EngineError) -> BlockReport {
    let watch = Stopwatch()
    try check(rows, entering: block, batch)
    for row in rows { row.feature?.withFeatureBytes { batch.append(sample: row.sample, row: $0) } }
    return BlockReport(watch)
  }
  /// Throws what `append` throws before it takes a row in.
  @inlinable public func check(
    _ rows: [BatchJob.Row], entering block: Int, _ batch: borrowing FeatureBatch
  ) throws(EngineError) {
    let bytes = featureValues(entering: block) * MemoryLayout<Float>.stride
    guard rows.count <= batch.capacity - batch.rows else {
      throw EngineError(
        "\(batch.rows + rows.count) rows, the engine takes \(batch.capacity)", at: "block \(block)",
        remedy: "plan smaller batches")
    }
    for row in rows where row.feature?.byteCount != bytes {
      let found = row.feature.map { "\($0.byteCount) bytes" } ?? "no feature"
      throw EngineError(
        "task \(row.task.number) of device \(row.task.device.number) brings \(found), not \(bytes) bytes",
        at: "block \(block)", remedy: "have device and worker use one model")
    }
  }
  @inlinable public mutating func adopt(
    _ group: FeatureRows.Group, of features: FeatureRows, into batch: inout FeatureBatch
  ) -> Bool { false }
  @inlinable public mutating func keep(first count: Int, of batch: inout FeatureBatch) throws(EngineError) {
    batch.keep(first: count)
  }
  @inlinable public mutating func gather(_ order: [Int], of batch: inout FeatureBatch) throws(EngineError) {
    batch.gather(order)
  }
}
