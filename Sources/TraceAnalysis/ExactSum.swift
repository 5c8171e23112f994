/// A sum that does not depend on the order of its terms: each is rounded to 2⁻⁸⁰, and whole multiples of that are added.
///
/// Good for 1.4 × 10¹⁴; a term with a magnitude above 2⁴⁰ counts as that.
struct ExactSum: Sendable {
  private static let unit = 0x1p-80
  private var units: Int128 = 0

  mutating func add(_ term: Double) {
    guard term.isFinite else { return }
    units += Int128(exactly: (min(max(term, -0x1p40), 0x1p40) / Self.unit).rounded()) ?? 0
  }
  mutating func add(_ other: ExactSum) { units += other.units }
  var value: Double { Double(units) * Self.unit }
}
