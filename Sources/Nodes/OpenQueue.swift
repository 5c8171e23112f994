import EdgeModel

/// Features that wait for a batch which their worker forms itself, by the semantics of Triton's dynamic batcher: classes
/// of priority, in each the order of arrival; a batch is taken when it is full or its oldest feature has waited the
/// queue's delay, and who has waited longer than the timeout is dropped when a batch is looked for.
///
/// Awaited and waiting features together are at most `WorkerConfiguration.mostAwaited`: a plan with more is rejected.
struct OpenQueue: Sendable {
  struct Entry: Hashable, Sendable {
    var member: OpenPlan.Member
    /// The number reserved for it, and the frame that granted it.
    var batch: BatchID
    var frame: FrameID
    var arrived: Instant
  }
  /// The newest open plan's; nil before the first.
  private(set) var rule: BatchingRule?
  /// By priority, then arrival.
  private var waiting: [Entry] = []

  var count: Int { waiting.count }

  mutating func follow(_ rule: BatchingRule) { self.rule = rule }

  /// O(waiting); `arrived` never goes back from one call to the next.
  mutating func add(_ entry: Entry) {
    let place = waiting.lastIndex { $0.member.priority <= entry.member.priority }
    waiting.insert(entry, at: place.map { $0 + 1 } ?? 0)
  }

  /// Takes out those that have waited longer than the timeout. O(waiting).
  mutating func removeTimedOut(at now: Instant) -> [Entry] {
    // Instants are compared, and no durations: this is asked at every arrival, of everyone who waits.
    guard let timeout = rule?.timeout else { return [] }
    let earliest = now - timeout
    guard waiting.contains(where: { $0.arrived < earliest }) else { return [] }
    let old = waiting.filter { $0.arrived < earliest }
    waiting.removeAll { $0.arrived < earliest }
    return old
  }

  /// The next batch, first member first; empty where it is not yet to be taken. O(waiting).
  mutating func takeBatch(at now: Instant) -> [Entry] {
    guard let rule, let due, waiting.count >= rule.maxBatch || now >= due else { return [] }
    let batch = Array(waiting.prefix(rule.maxBatch))
    waiting.removeFirst(batch.count)
    return batch
  }

  /// When the next batch is taken though it is not full; nil where nobody waits. O(batch).
  var due: Instant? {
    guard let rule, let oldest = waiting.prefix(rule.maxBatch).map(\.arrived).min() else { return nil }
    return oldest + rule.queueDelay
  }
}
