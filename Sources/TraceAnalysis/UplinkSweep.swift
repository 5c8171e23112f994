import EdgeModel
import TraceLog
import Units

/// The bandwidth granted at every instant, by a sweep over the starts and ends of grants.
struct UplinkSweep: Sendable {
  struct Edge: Sendable {
    var instant: Instant
    var change: Double
    var grants: Int
    var task: TaskID
    var place: RecordPlace
  }
  /// Instants are rounded to the nanosecond, each on its own; an overlap this short is none.
  static let rounding = Duration.nanoseconds(2)
  /// Sums of a frame's grants are rounded too.
  static let relativeTolerance = 1e-9

  private let cell: @Sendable (Instant) -> Double
  private var edges: [Edge] = []
  private var granted = 0.0
  private var grants = 0
  /// Everything before this is swept.
  private(set) var swept = Instant(nanoseconds: .min)

  /// `cell` is its bandwidth at an instant [Hz].
  init(cell: @escaping @Sendable (Instant) -> Double) { self.cell = cell }

  /// `grant` may not start before what is swept. O(1).
  mutating func add(_ grant: UplinkGrant, at place: RecordPlace) {
    let end = grant.uploadEnd - Self.rounding
    guard end > grant.uploadStart else { return }
    let bandwidth = grant.bandwidth.value
    edges.append(Edge(instant: grant.uploadStart, change: bandwidth, grants: 1, task: grant.task, place: place))
    edges.append(Edge(instant: end, change: -bandwidth, grants: -1, task: grant.task, place: place))
  }

  /// Sweeps over all instants before `end`; `report` gets each start at which more than the cell's bandwidth is granted,
  /// how much is, and what the cell has [Hz]. O(edges log edges).
  mutating func sweep(before end: Instant, report: (Edge, _ granted: Double, _ cell: Double) -> Void) {
    swept = max(swept, end)
    edges.sort { ($0.instant, $0.grants, $0.task) < ($1.instant, $1.grants, $1.task) }
    var done = 0
    while done < edges.count, edges[done].instant < end {
      let edge = edges[done]
      done += 1
      granted += edge.change
      grants += edge.grants
      if grants == 0 { granted = 0 }
      guard edge.grants > 0 else { continue }
      let cell = cell(edge.instant)
      if !(granted <= cell * (1 + Self.relativeTolerance)) { report(edge, granted, cell) }
    }
    edges.removeFirst(done)
  }
}
