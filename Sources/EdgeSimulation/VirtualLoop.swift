import EdgeModel
import Nodes
import TraceLog
import Units

/// What `NodeLoop` is to a live node: hands it events one by one, and keeps its trace from header to footer.
struct VirtualLoop<Connected: Node> {
  typealias Sink = (SimulatedNode.Index, Instant, TraceRecord) -> Void

  private var node: Connected
  private let index: SimulatedNode.Index
  private let sink: Sink
  /// What the last event caused.
  private(set) var effects = Effects<Connected>()
  /// Finished or stopped: it hears nothing more.
  private(set) var isOver = false
  private var timers = 0
  private(set) var events = 0
  private var records = 0

  init(_ node: Connected, at index: SimulatedNode.Index, _ header: TraceHeader, _ sink: @escaping Sink) {
    self.node = node
    self.index = index
    self.sink = sink
    record(.traceOpened(header), at: .start)
    record(.runStarted(monotonic: 0), at: .start)
  }

  /// One event through the node; false where the node is over and nothing happened.
  mutating func handle(_ event: Event<Connected>, at now: Instant) -> Bool {
    guard !isOver else { return false }
    effects.removeAll()
    node.handle(event, at: now, &effects)
    for entry in effects.records { record(entry, at: now) }
    events += 1
    if case .fired = event { timers += 1 }
    if case .stopped = event { isOver = true }
    if effects.isFinished { isOver = true }
    return true
  }

  /// Statistics and footer; timers are never late here, and nothing costs time.
  mutating func close(at now: Instant) {
    record(
      .loopStatistics(
        LoopStatistics(
          timers: timers, latenessMedian: .zero, latenessP99: .zero, latenessMax: .zero, events: events, busy: .zero,
          cpu: .zero, steal: 0)), at: now)
    record(.traceClosed(records: records), at: now)
  }

  private mutating func record(_ entry: TraceRecord, at now: Instant) {
    sink(index, now, entry)
    records += 1
  }
}
