/// What comes next in a series of counts: Holt's linear method (C. C. Holt, 1957), exponentially weighted moving averages of
/// level and trend. O(series).
struct Forecast {
  /// Weights of the newest value in the averages of level and trend.
  private static let (levelWeight, trendWeight) = (0.3, 0.1)
  private var level: Double
  private var trend = 0.0

  /// - Parameter series: oldest first; an empty one forecasts 0.
  init(of series: [Int]) {
    level = Double(series.first ?? 0)
    for value in series.dropFirst() {
      let before = level
      level = Self.levelWeight * Double(value) + (1 - Self.levelWeight) * (level + trend)
      trend = Self.trendWeight * (level - before) + (1 - Self.trendWeight) * trend
    }
  }
  /// Not negative.
  var next: Double { max(0, level + trend) }
}
