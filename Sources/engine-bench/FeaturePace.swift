/// When the next feature of a stream may go out: one after the other at even intervals, as from devices that upload at the
/// rates a base station grants them, or all at once where the interval is 0.
struct FeaturePace {
  /// Features that go out at once when the processor was away for so long: the devices kept to their rates meanwhile.
  private static let most: Int64 = 16

  /// [ns].
  let interval: Int64
  private(set) var due: Int64 = 0
  private var rests = true

  init(interval: Int64) { self.interval = interval }

  /// None is wanted now: what is not sent until one is again is not made up for.
  mutating func rest() { rests = true }

  /// Whether one may go now; counts it as gone then.
  mutating func isDue(at now: Int64) -> Bool {
    if rests { due = max(due, now) }
    rests = false
    guard now >= due else { return false }
    due = max(due, now - Self.most * interval) + interval
    return true
  }
}
