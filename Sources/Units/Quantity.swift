/// A physical amount whose unit is part of its type, stored in that unit's SI base (`Bits` in bit, `Hertz` in Hz, …).
///
/// Amounts of different units do not add up; products and quotients that mean something have operators of their own.
public struct Quantity<Unit>: Sendable, Hashable, Comparable {
  /// The amount in the SI base of `Unit`.
  public var value: Double
  @inlinable public init(_ value: Double) { self.value = value }
  @inlinable public static func < (lhs: Self, rhs: Self) -> Bool { lhs.value < rhs.value }
}

extension Quantity: AdditiveArithmetic {
  @inlinable public static var zero: Self { Self(0) }
  @inlinable public static func + (lhs: Self, rhs: Self) -> Self { Self(lhs.value + rhs.value) }
  @inlinable public static func - (lhs: Self, rhs: Self) -> Self { Self(lhs.value - rhs.value) }
  @inlinable public static func * (lhs: Self, rhs: Double) -> Self { Self(lhs.value * rhs) }
  @inlinable public static func * (lhs: Double, rhs: Self) -> Self { Self(lhs * rhs.value) }
  @inlinable public static func / (lhs: Self, rhs: Double) -> Self { Self(lhs.value / rhs) }
  /// The ratio of two amounts of one unit, a plain number.
  @inlinable public static func / (lhs: Self, rhs: Self) -> Double { lhs.value / rhs.value }
}

public enum BitUnit: Sendable {}
public enum HertzUnit: Sendable {}
public enum BitPerSecondUnit: Sendable {}
public enum WattUnit: Sendable {}
public enum JouleUnit: Sendable {}
public enum DecibelUnit: Sendable {}
public enum MetreUnit: Sendable {}

/// Data volume [bit].
public typealias Bits = Quantity<BitUnit>
/// Bandwidth or frequency [Hz].
public typealias Hertz = Quantity<HertzUnit>
/// Data rate [bit/s].
public typealias BitRate = Quantity<BitPerSecondUnit>
/// Power [W].
public typealias Watts = Quantity<WattUnit>
/// Energy [J].
public typealias Joules = Quantity<JouleUnit>
/// Ratio of powers on a logarithmic scale [dB].
public typealias Decibels = Quantity<DecibelUnit>
/// Distance [m].
public typealias Metres = Quantity<MetreUnit>

extension Quantity where Unit == BitUnit {
  /// Eight bits for each byte.
  @inlinable public static func bytes(_ count: Int) -> Self { Self(Double(count) * 8) }
  /// How long this volume takes at `rate`; infinite volume or zero rate traps, so callers check first.
  @inlinable public static func / (lhs: Bits, rhs: BitRate) -> Duration { .seconds(lhs.value / rhs.value) }
}

extension Quantity where Unit == HertzUnit {
  @inlinable public static func megahertz(_ value: Double) -> Self { Self(value * 1e6) }
}

extension Quantity where Unit == WattUnit {
  /// Energy spent at this power for `time`.
  @inlinable public static func * (lhs: Watts, rhs: Duration) -> Joules { Joules(lhs.value * rhs.inSeconds) }
}

extension Quantity where Unit == DecibelUnit {
  /// The linear ratio: 10 dB is 10, 0 dB is 1.
  public var linear: Double { exponentiate(10, value / 10) }
}
