public import EdgeModel
import HeapModule

/// Timers by instant; those of the same instant in the order they were set.
public struct TimerQueue<Timer: Hashable & Sendable>: Sendable {
  private struct Entry: Comparable, Sendable {
    var at: Instant
    var order: Int
    var timer: Timer
    static func == (a: Self, b: Self) -> Bool { a.order == b.order }
    static func < (a: Self, b: Self) -> Bool { (a.at.nanoseconds, a.order) < (b.at.nanoseconds, b.order) }
  }
  private var entries = Heap<Entry>()
  private var added = 0
  /// When the first timer is due.
  public private(set) var earliest: Instant?
  public init() {}
  /// O(log n).
  public mutating func add(_ timer: Timer, at instant: Instant) {
    entries.insert(Entry(at: instant, order: added, timer: timer))
    added += 1
    earliest = entries.min?.at
  }
  /// The first timer set for `now` or before; O(log n).
  public mutating func popDue(at now: Instant) -> (timer: Timer, planned: Instant)? {
    guard let first = entries.min, first.at <= now else { return nil }
    _ = entries.popMin()
    earliest = entries.min?.at
    return (first.timer, first.at)
  }
}
