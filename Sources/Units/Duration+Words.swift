extension Duration {
  /// This duration as a person would write it in a topology: `30 ms`, `1.5 s`.
  public var inWords: String {
    let amount = inSeconds
    for (factor, unit) in [(1.0, "s"), (1e-3, "ms"), (1e-6, "us")] where abs(amount) >= factor {
      return "\(shortest(amount / factor)) \(unit)"
    }
    return amount == 0 ? "0 s" : "\(inNanoseconds) ns"
  }
}

/// To a nanosecond of a second, without the noise of binary fractions; whole numbers without a point.
private func shortest(_ value: Double) -> String {
  let rounded = (value * 1e6).rounded() / 1e6
  return rounded == rounded.rounded() && abs(rounded) < 1e15 ? "\(Int64(rounded))" : "\(rounded)"
}
