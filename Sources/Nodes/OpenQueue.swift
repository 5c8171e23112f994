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
  /// The highest priority, the least number, that anyone had so far.
  private var mostUrgent = Int.max
  /// Nobody who waits came before that.
  private var earliest = Instant.distantFuture

  var count: Int { waiting.count }

  mutating func follow(_ rule: BatchingRule) { self.rule = rule }

  /// O(waiting); `arrived` never goes back from one call to the next.
  mutating func add(_ entry: Entry) {
    mostUrgent = min(mostUrgent, entry.member.priority)
    earliest = min(earliest, entry.arrived)
    let place = waiting.lastIndex { $0.member.priority <= entry.member.priority }
    waiting.insert(entry, at: place.map { $0 + 1 } ?? 0)
  }

  /// Takes out those that have waited longer than the timeout. O(waiting), and O(1) most of the times that there are none:
  /// this is asked at every arrival.
  mutating func removeTimedOut(at now: Instant) -> [Entry] {
    guard let timeout = rule?.timeout, earliest < now - timeout else { return [] }
    let old = waiting.filter { $0.arrived < now - timeout }
    if !old.isEmpty { waiting.removeAll { $0.arrived < now - timeout } }
    earliest = waiting.reduce(.distantFuture) { min($0, $1.arrived) }
    return old
  }

  /// The next batch, first member first; empty where it is not yet to be taken. O(waiting).
  mutating func takeBatch(at now: Instant) -> [Entry] {
    guard let rule, let due, waiting.count >= rule.maxBatch || now >= due else { return [] }
    let batch = Array(waiting.prefix(rule.maxBatch))
    waiting.removeFirst(batch.count)
    return batch
  }

  /// The next batch where it is full and whoever comes would not go before one of its members, as long as none comes who
  /// is more urgent than all before; else empty. O(waiting).
  mutating func takeFixedBatch() -> [Entry] {
    guard let rule, waiting.count >= rule.maxBatch, waiting[rule.maxBatch - 1].member.priority == mostUrgent else {
      return []
    }
    let batch = Array(waiting.prefix(rule.maxBatch))
    waiting.removeFirst(batch.count)
    return batch
  }

  /// When the next batch is taken though it is not full; nil where nobody waits. O(batch).
  var due: Instant? {
    guard let rule, !waiting.isEmpty else { return nil }
    return waiting.prefix(rule.maxBatch).reduce(.distantFuture) { min($0, $1.arrived) } + rule.queueDelay
  }
}
