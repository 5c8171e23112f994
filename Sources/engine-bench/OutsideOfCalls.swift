import CTightLoop

/// What the loop spends on a batch, and before the next one, outside of blocks and heads.
struct OutsideOfCalls {
  /// [µs]
  private var all: [Double] = []
  private var appending: [Double] = []

  /// A batch that ended so many nanoseconds behind the one before.
  mutating func add(_ nanoseconds: Int64, _ times: tight_times) {
    all.append(Double(nanoseconds - times.in_engine) / 1e3)
    appending.append(Double(times.appending) / 1e3)
  }
  /// Median over the batches [µs].
  var microseconds: Double { Statistics.median(all) }
  /// The same of copying features in alone.
  var appendingMicroseconds: Double { Statistics.median(appending) }
}
