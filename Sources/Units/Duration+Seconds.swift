extension Duration {
  /// This duration in seconds, to double precision.
  @inlinable public var inSeconds: Double {
    let (seconds, attoseconds) = components
    // Divided, not multiplied by 1e-18: 300 ms are then exactly 0.3.
    return Double(seconds) + Double(attoseconds) / 1e18
  }
  /// This duration in whole nanoseconds, truncated; saturates at ±292 years.
  @inlinable public var inNanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    guard !overflow else { return seconds < 0 ? .min : .max }
    let (sum, carried) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
    return carried ? (seconds < 0 ? .min : .max) : sum
  }
  /// This duration in milliseconds, to the nanosecond.
  @inlinable public var inMilliseconds: Double { Double(inNanoseconds) / 1e6 }
}
