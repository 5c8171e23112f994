import Terminal

/// A line at once: a run takes minutes, and may be cut.
func say(_ line: String) { Output.printLine(line, to: .standard) }

enum Statistics {
  /// The middle value, or the mean of the two; 0 of none.
  static func median(_ values: [Double]) -> Double {
    guard !values.isEmpty else { return 0 }
    let sorted = values.sorted()
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }
}

/// a + b·x by least squares.
struct Line {
  var a = 0.0
  var b = 0.0
  init(_ points: [(x: Double, y: Double)]) {
    let count = Double(points.count)
    let (x, y) = (points.reduce(0) { $0 + $1.x } / count, points.reduce(0) { $0 + $1.y } / count)
    let spread = points.reduce(0) { $0 + ($1.x - x) * ($1.x - x) }
    b = spread > 0 ? points.reduce(0) { $0 + ($1.x - x) * ($1.y - y) } / spread : 0
    a = y - b * x
  }
}
