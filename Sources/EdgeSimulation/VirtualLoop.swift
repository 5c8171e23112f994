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
  /// It was told to stop before it had finished.
  private(set) var wasStopped = false
  private var timers = 0
  private(set) var events = 0
  private var records = 0
  /// How late the timers were that were late.
  private var lateness: [Duration] = []
  /// Its footer is written.
  private(set) var isClosed = false

  init(
    _ node: Connected, at index: SimulatedNode.Index, _ header: TraceHeader, from start: Instant = .start,
    _ sink: @escaping Sink
  ) {
    self.node = node
    self.index = index
    self.sink = sink
    record(.traceOpened(header), at: start)
    record(.runStarted(monotonic: 0), at: start)
  }

  /// One event through the node; false where the node is over and nothing happened. `isDeferred`: it could not be handled
  /// when it was due.
  mutating func handle(_ event: Event<Connected>, at now: Instant, isDeferred: Bool = false) -> Bool {
    guard !isOver else { return false }
    effects.removeAll()
    if case .stopped(let cause) = event, !cause.isEmpty { record(.stopped(cause: cause), at: now) }
    node.handle(event.inWords, at: now, &effects)
    for entry in effects.records { record(entry, at: now) }
    events += 1
    if case .fired(_, let planned) = event {
      timers += 1
      if isDeferred { lateness.append(max(.zero, now - planned)) }
    }
    if case .stopped = event { (isOver, wasStopped) = (true, true) }
    if effects.isFinished { isOver = true }
    return true
  }

  /// Statistics and footer; timers are late here only where the node stood still, and nothing costs time.
  mutating func close(at now: Instant) {
    var histogram = LatenessHistogram()
    if !lateness.isEmpty {
      for index in 0..<timers { histogram.add(index < lateness.count ? lateness[index] : .zero) }
    }
    record(
      .loopStatistics(
        LoopStatistics(
          timers: timers, latenessMedian: histogram.quantile(0.5), latenessP99: histogram.quantile(0.99),
          latenessMax: histogram.greatest, events: events, busy: .zero, cpu: .zero, steal: 0)), at: now)
    record(.traceClosed(records: records), at: now)
    isClosed = true
    isOver = true
  }

  /// What the node's port would record.
  mutating func record(_ entry: TraceRecord, at now: Instant) {
    sink(index, now, entry)
    records += 1
  }
}

extension Event {
  /// A run that ended in order is told by an empty cause; tasks that are open nevertheless are told in words.
  fileprivate var inWords: Self {
    if case .stopped(cause: "") = self { .stopped(cause: "the run ended") } else { self }
  }
}
