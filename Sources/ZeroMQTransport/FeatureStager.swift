import EdgeModel

/// Puts the features of each batch side by side before an engine gets it, in memory that is used again and again.
struct FeatureStager {
  /// A batch of more is left to the engine: the loop has messages to hear, and copying is little beside what such rows
  /// take an engine [byte].
  private static let mostBytes = 1 << 19
  /// For each instance: the batch it is at, two handed ahead, and one whose engine is about to give it back.
  private static let perInstance = 4

  private var pool: [FeatureRows] = []
  private let bound: Int

  init(instances: Int) { bound = instances * Self.perInstance }

  /// `job`, with its rows side by side in place of their features where that can be had now. The features' memory is free
  /// then, and still in the caches for those that come next.
  mutating func staged(_ job: BatchJob) -> BatchJob {
    guard let first = job.plan.members.first, let feature = job.rows.first?.feature,
      feature.byteCount * job.rows.count <= Self.mostBytes,
      job.plan.members.allSatisfy({ $0.entry == first.entry })
    else { return job }
    guard let rows = free(), rows.fill(job.rows) else { return job }
    var job = job
    job.sideBySide = rows
    for index in job.rows.indices { job.rows[index].feature = nil }
    return job
  }

  private mutating func free() -> FeatureRows? {
    if let rows = pool.first(where: \.isFree) { return rows }
    guard pool.count < bound else { return nil }
    let rows = FeatureRows(capacity: Self.mostBytes)
    pool.append(rows)
    return rows
  }
}
