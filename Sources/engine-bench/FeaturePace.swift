/// When the next feature of a stream may go out: one after the other at even intervals, as from devices that upload at the
/// rates a base station grants them, or all at once where the interval is 0.
struct FeaturePace {
  /// [ns].
  let interval: Int64
  private(set) var due: Int64 = 0

  init(interval: Int64) { self.interval = interval }

  /// Whether one may go now; counts it as gone then. Who comes late catches up by one.
  mutating func isDue(at now: Int64) -> Bool {
    guard now >= due else { return false }
    due = max(due, now - interval) + interval
    return true
  }
}
