import EdgeModel
import HeapModule

/// What is still to happen, by instant.
///
/// At one instant timers go before messages, as in `NodeLoop`, and each kind in the order it was added. The heap moves
/// keys of three words; the steps themselves, which are large, stay in their slots.
struct EventQueue<Step> {
  enum Kind { case timer, message }
  private struct Key: Comparable {
    var at: Instant
    /// Unique; those of messages are above those of timers.
    var rank: Int
    var slot: Int
    static func < (a: Self, b: Self) -> Bool { (a.at.nanoseconds, a.rank) < (b.at.nanoseconds, b.rank) }
  }
  private static var firstOfMessages: Int { 1 << 62 }

  private var keys = Heap<Key>()
  private var slots: [Step?] = []
  private var free: [Int] = []
  private var added = 0

  /// O(log n).
  mutating func add(_ step: Step, _ kind: Kind, at instant: Instant) {
    let slot = free.popLast() ?? slots.count
    if slot == slots.count { slots.append(step) } else { slots[slot] = step }
    keys.insert(Key(at: instant, rank: kind == .timer ? added : added + Self.firstOfMessages, slot: slot))
    added += 1
  }

  /// The next step; O(log n).
  mutating func pop() -> (step: Step, at: Instant)? {
    guard let key = keys.popMin(), let step = slots[key.slot].take() else { return nil }
    free.append(key.slot)
    return (step, key.at)
  }
}
