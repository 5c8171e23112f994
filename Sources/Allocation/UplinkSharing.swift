/// How a batch's members share the cell, and so how long its uploads take.
enum UplinkSharing: Sendable {
  /// In proportion to their areas: all uploads end together and no hertz is wasted ("Spectrum" in the note).
  case byArea
  /// B / b for each of b members: the uploads end one after another, the largest area last.
  case equal

  /// Seconds until the last of `count` uploads is in.
  func uploadTime(areaSum: Double, largestArea: Double, count: Int, bandwidth: Double) -> Double {
    switch self {
    case .byArea: areaSum / bandwidth
    case .equal: Double(count) * largestArea / bandwidth
    }
  }
}
