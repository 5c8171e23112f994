import EdgeModel

/// Puts the features of each batch side by side before an engine gets it, in memory that is used again and again.
struct FeatureStager {
  /// What is had at least, so that memory serves batches of several sizes [byte].
  private static let leastBytes = 1 << 19
  /// For each instance: the batch it is at, two handed ahead, and one whose engine is about to give it back.
  private static let perInstance = 4

  private var pool: [FeatureRows] = []
  private let bound: Int
  /// A batch of more is left to the engine: the loop has messages to hear [byte].
  private let mostBytes: Int

  init(instances: Int, mostBytes: Int) {
    bound = instances * Self.perInstance
    self.mostBytes = mostBytes
  }

  /// `job`, with its rows side by side in place of their features where that can be had now. The features' memory is free
  /// then, and still in the caches for those that come next.
  mutating func staged(_ job: BatchJob) -> BatchJob {
    guard mostBytes > 0 else { return job }
    let bytes = FeatureRows.capacity(for: job)
    guard bytes <= mostBytes, let rows = memory(of: bytes), rows.fill(job) else { return job }
    var job = job
    job.sideBySide = rows
    for index in job.rows.indices { job.rows[index].feature = nil }
    return job
  }

  /// Memory of at least `bytes`; where there is as much as may be, in place of some that is smaller.
  private mutating func memory(of bytes: Int) -> FeatureRows? {
    if let rows = pool.first(where: { $0.isFree && $0.capacity >= bytes }) { return rows }
    if pool.count == bound {
      guard let smaller = pool.firstIndex(where: \.isFree) else { return nil }
      pool.remove(at: smaller)
    }
    let rows = FeatureRows(capacity: max(bytes, min(Self.leastBytes, mostBytes)))
    pool.append(rows)
    return rows
  }
}
