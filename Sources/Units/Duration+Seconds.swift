extension Duration {
  /// This duration in seconds, to double precision.
  @inlinable public var inSeconds: Double {
    let seconds: Int64
    let attoseconds: Int64
    if let few = Int64(exactly: self.attoseconds) {
      (seconds, attoseconds) = few.quotientAndRemainder(dividingBy: 1_000_000_000_000_000_000)
    } else {
      (seconds, attoseconds) = components
    }
    // Divided, not multiplied by 1e-18: 300 ms are then exactly 0.3.
    return Double(seconds) + Double(attoseconds) / 1e18
  }
  /// This duration in whole nanoseconds, truncated; saturates at ±292 years.
  @inlinable public var inNanoseconds: Int64 {
    // Up to nine seconds the attoseconds fit one word, whose division costs a tenth of that of two.
    if let few = Int64(exactly: attoseconds) { return few / 1_000_000_000 }
    let (seconds, attoseconds) = components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    guard !overflow else { return seconds < 0 ? .min : .max }
    let (sum, carried) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
    return carried ? (seconds < 0 ? .min : .max) : sum
  }
  /// This duration in milliseconds, to the nanosecond.
  @inlinable public var inMilliseconds: Double { Double(inNanoseconds) / 1e6 }
}
