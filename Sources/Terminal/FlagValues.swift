public import Units

/// A command line that was read.
public struct FlagValues: Sendable {
  public let program: String
  let values: [String: [String]]

  public func has(_ name: String) -> Bool { values[name] != nil }
  /// The value of a flag that is required or has a default.
  public func text(_ name: String) -> String { values[name]?.first ?? "" }
  public func optional(_ name: String) -> String? { values[name]?.first }
  public func all(_ name: String) -> [String] { values[name] ?? [] }

  public func whole(_ name: String, _ range: ClosedRange<Int>) throws(UsageError) -> Int {
    guard let value = Int(text(name)), range.contains(value) else {
      throw fault(name, "no whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }
  /// nil where the flag is not given.
  public func optionalWhole(_ name: String, _ range: ClosedRange<Int>) throws(UsageError) -> Int? {
    has(name) ? try whole(name, range) : nil
  }
  public func seed(_ name: String) throws(UsageError) -> UInt64 {
    guard let value = UInt64(text(name)) else { throw fault(name, "no whole number from 0") }
    return value
  }
  public func number(_ name: String) throws(UsageError) -> Double {
    guard let value = Double(text(name)), value.isFinite else { throw fault(name, "no number") }
    return value
  }
  /// A time of at least `least`.
  public func duration(_ name: String, atLeast least: Duration = .zero) throws(UsageError) -> Duration {
    let value = try quantity(name) { (text) throws(QuantityError) in try Duration(text: text) }
    guard value >= least else { throw fault(name, "too short") }
    return value
  }
  /// nil where the flag is not given.
  public func optionalDuration(_ name: String) throws(UsageError) -> Duration? {
    has(name) ? try duration(name) : nil
  }
  public func quantity<Value>(
    _ name: String, _ read: (String) throws(QuantityError) -> Value
  ) throws(UsageError) -> Value {
    do throws(QuantityError) { return try read(text(name)) } catch { throw fault(name, error.description) }
  }
  public func fault(_ name: String, _ what: String) -> UsageError {
    UsageError("--\(name) '\(text(name))': \(what)", program, "say --help for its form")
  }
}
