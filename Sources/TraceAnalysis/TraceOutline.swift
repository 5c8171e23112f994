import EdgeModel
import TraceLog

/// What a trace says of its node, besides the tasks, batches and frames in it.
struct TraceOutline: Sendable {
  /// The file's name, for messages.
  let file: String
  let node: String
  let part: Int
  var role: TraceHeader.Role?
  /// The last line is cut.
  var isTorn = false
  var clock = ClockFit.identity
  /// The last record is a footer.
  private(set) var hasFooter = false
  private(set) var statistics: LoopStatistics?
  /// Messages that the node rejected.
  private(set) var rejected = 0
  /// Peers that it lost, the first of them.
  private(set) var lostPeers: [String] = []
  /// Why it was told to stop.
  private(set) var stops: [String] = []

  init(file: String, node: String, part: Int = 1) {
    self.file = file
    self.node = node
    self.part = part
  }
  init(_ trace: NodeTrace) {
    self.init(file: trace.file, node: trace.node, part: trace.part)
    (role, isTorn, clock) = (trace.role, trace.isTorn, trace.clock)
    for stamped in trace.records { take(stamped.record) }
  }

  /// The node ended in an orderly way.
  var isOrderly: Bool { hasFooter && !isTorn }

  /// The next record.
  mutating func take(_ record: TraceRecord) {
    hasFooter = false
    switch record {
    case .traceClosed: hasFooter = true
    case .loopStatistics(let statistics): self.statistics = statistics
    case .messageRejected: rejected += 1
    case .peerLost(let node, let cause):
      if lostPeers.count < Verdict.printed { lostPeers.append("\(node): \(cause)") }
    case .stopped(let cause):
      if stops.count < Verdict.printed { stops.append(cause) }
    default: break
    }
  }
}
