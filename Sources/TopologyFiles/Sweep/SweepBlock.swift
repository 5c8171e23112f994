import Yams

/// The `sweep:` block of a topology as it was read. Values are kept as nodes, which know their lines.
struct SweepBlock {
  /// A path and what is put there.
  struct Setting {
    var path: SweepPath
    var value: Node
  }
  struct Point {
    /// The value as it was written: what tables show.
    var written: String
    /// Applied in this order.
    var settings: [Setting]
  }
  struct Axis {
    /// The path, or the name of an axis whose points set several fields.
    var name: String
    var points: [Point]
  }

  /// Empty: the topology's.
  var seeds: [Int] = []
  /// Empty: the topology's.
  var policies: [String] = []
  var axes: [Axis] = []

  /// Points of the grid: the product of all axes, policies and seeds; nil past the bound.
  var count: Int? {
    var count = 1
    for factor in axes.map(\.points.count) + [max(1, policies.count), max(1, seeds.count)] {
      let (product, isTooLarge) = count.multipliedReportingOverflow(by: factor)
      guard !isTooLarge, product <= FieldBounds.mostGridPoints else { return nil }
      count = product
    }
    return count
  }
}
