/// The one rule by which policies, their check and their tests compare two computed amounts.
///
/// Sums of the same numbers in another order differ in their last bits; a deadline met exactly must count as met in
/// each of them. A part in 10¹² is far above such rounding and, at times of seconds, a thousandth of a nanosecond.
public enum Tolerance {
  /// Relative, and absolute below 1.
  public static let part = 1e-12

  /// The greatest amount that still counts as at most `bound`.
  @inlinable public static func reach(of bound: Double) -> Double { bound + part * max(1, bound.magnitude) }
  /// Whether `amount` is at most `bound`; what policies decide by. False where either is NaN.
  @inlinable public static func isAtMost(_ amount: Double, _ bound: Double) -> Bool { amount <= reach(of: bound) }
  /// The same with twice the room: what a check of somebody's decision uses, as it sums in an order of its own.
  @inlinable public static func isConfirmedAtMost(_ amount: Double, _ bound: Double) -> Bool {
    amount <= bound + 2 * part * max(1, bound.magnitude)
  }
}
