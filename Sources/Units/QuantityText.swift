/// Amounts as people write them: a number and a unit, `20 MHz`, `100 ms`, `2 Mbit`, `-3 dB`.
///
/// A missing or unknown unit is an error that names the choices.
public struct QuantityError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is wrong: `the frequency '5' has no unit`.
  public var what: String
  /// What to do: `choose one of GHz, MHz, kHz, Hz`.
  public var remedy: String
  public init(_ what: String, remedy: String) {
    self.what = what
    self.remedy = remedy
  }
  public var description: String { "\(what); \(remedy)" }
}

extension Quantity {
  /// Reads an amount of this unit; `kind` names it in errors (`bandwidth`).
  fileprivate static func read(_ text: String, _ kind: String, _ units: [(String, Double)]) throws(QuantityError)
    -> Self
  {
    Self(try readAmount(text, kind, units))
  }
}

extension Quantity where Unit == HertzUnit {
  public init(text: String) throws(QuantityError) {
    self = try Self.read(text, "frequency", [("GHz", 1e9), ("MHz", 1e6), ("kHz", 1e3), ("Hz", 1)])
  }
}
extension Quantity where Unit == BitUnit {
  public init(text: String) throws(QuantityError) {
    self = try Self.read(
      text, "data volume",
      [
        ("Gbit", 1e9), ("Mbit", 1e6), ("kbit", 1e3), ("bit", 1), ("GB", 8e9), ("MB", 8e6), ("kB", 8e3),
        ("MiB", 8 * 1_048_576),
        ("KiB", 8 * 1024), ("B", 8),
      ])
  }
}
extension Quantity where Unit == BitPerSecondUnit {
  public init(text: String) throws(QuantityError) {
    self = try Self.read(text, "rate", [("Gbit/s", 1e9), ("Mbit/s", 1e6), ("kbit/s", 1e3), ("bit/s", 1)])
  }
}
extension Quantity where Unit == WattUnit {
  public init(text: String) throws(QuantityError) {
    self = try Self.read(text, "power", [("mW", 1e-3), ("W", 1)])
  }
}
extension Quantity where Unit == DecibelUnit {
  public init(text: String) throws(QuantityError) { self = try Self.read(text, "ratio", [("dB", 1)]) }
}
extension Quantity where Unit == MetreUnit {
  public init(text: String) throws(QuantityError) {
    self = try Self.read(text, "distance", [("km", 1e3), ("m", 1)])
  }
}
extension Duration {
  /// Reads `100 ms`, `2.5 s`, `3 min`; at most 1000 hours either way.
  public init(text: String) throws(QuantityError) {
    let seconds = try readAmount(
      text, "time", [("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1), ("min", 60), ("h", 3600)])
    guard abs(seconds) <= 3.6e6 else {
      throw QuantityError("the time '\(text)' is longer than 1000 h", remedy: "write a shorter one")
    }
    self = .nanoseconds(Int64((seconds * 1e9).rounded()))
  }
}

/// Reads events per second as `8 /s`.
public func readEventRate(_ text: String) throws(QuantityError) -> Double {
  try readAmount(text, "arrival rate", [("/s", 1), ("/min", 1.0 / 60), ("/h", 1.0 / 3600)])
}

/// Reads a noise power density as `-169 dBm/Hz`.
public func readNoiseDensity(_ text: String) throws(QuantityError) -> Double {
  try readAmount(text, "noise density", [("dBm/Hz", 1)])
}

/// No amount is longer [byte]; looking for the unit takes time quadratic in the text.
private let longestAmount = 64

private func readAmount(_ text: String, _ kind: String, _ units: [(String, Double)]) throws(QuantityError) -> Double {
  let choices = units.map(\.0).joined(separator: ", ")
  guard text.utf8.count <= longestAmount else {
    throw QuantityError(
      "'\(text.prefix(longestAmount))…' is no \(kind)", remedy: "write a number and a unit (\(choices))")
  }
  let trimmed = text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
  let body = String(trimmed)
  let numeric = body.prefix { $0.isNumber || "+-.eE".contains($0) }
  // An exponent's e is not a unit's first letter: the longest prefix that is a number counts.
  var split = numeric.endIndex
  while split > body.startIndex, Double(body[..<split]) == nil { split = body.index(before: split) }
  guard let number = Double(body[..<split]), number.isFinite else {
    throw QuantityError("'\(text)' is no \(kind)", remedy: "write a number and a unit (\(choices))")
  }
  let unit = body[split...].drop { $0 == " " }
  guard !unit.isEmpty else {
    throw QuantityError("the \(kind) '\(text)' has no unit", remedy: "choose one of \(choices)")
  }
  guard let factor = units.first(where: { $0.0 == unit })?.1 else {
    throw QuantityError("'\(unit)' is no unit of \(kind)", remedy: "choose one of \(choices)")
  }
  guard (number * factor).isFinite else {
    throw QuantityError("the \(kind) '\(text)' is out of range", remedy: "write a smaller number")
  }
  return number * factor
}
