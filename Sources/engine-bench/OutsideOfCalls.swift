import CTightLoop

/// What the loop spends on its batches outside of blocks and heads.
struct OutsideOfCalls {
  /// [ns]
  private var all: [Int64] = []
  private var appending: [Int64] = []

  /// With room for so many batches, so that adding one takes the loop no memory.
  init(batches: Int) {
    all.reserveCapacity(batches)
    appending.reserveCapacity(batches)
  }
  /// A batch that ended so many nanoseconds behind the one before, or behind the begin.
  mutating func add(_ nanoseconds: Int64, _ times: tight_times) {
    all.append(nanoseconds - times.in_engine)
    appending.append(times.appending)
  }
  mutating func add(_ more: Self) {
    all += more.all
    appending += more.appending
  }
  /// Median over the batches [µs].
  var microseconds: Double { Self.median(all) }
  /// The same of copying features in alone.
  var appendingMicroseconds: Double { Self.median(appending) }
  private static func median(_ times: [Int64]) -> Double { Statistics.median(times.map { Double($0) / 1e3 }) }
}
