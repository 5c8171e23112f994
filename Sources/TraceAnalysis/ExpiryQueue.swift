import EdgeModel

/// Values that become due in about the order in which they were added.
struct ExpiryQueue<Value: Sendable>: Sendable {
  private var entries: [(value: Value, due: Instant)] = []
  /// Those before this are taken.
  private var first = 0

  mutating func add(_ value: Value, at due: Instant) { entries.append((value, due)) }

  /// The next value, if it is due; one behind another waits for it. O(1) in the mean.
  mutating func popDue(at now: Instant) -> Value? {
    guard first < entries.count, entries[first].due <= now else { return nil }
    defer { first += 1 }
    if first >= 1024, 2 * first >= entries.count {
      entries.removeFirst(first)
      first = 0
    }
    return entries[first].value
  }
}
