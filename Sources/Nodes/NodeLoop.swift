public import EdgeModel
public import TraceLog
import Units

/// What a port tells its loop.
public enum PortEvent<N: Node>: Sendable {
  case message(N.Inbound)
  /// The instant waited for has come.
  case deadline
  /// The run is over for this node: its peers are done, a peer died, or somebody asked.
  case stop(cause: String)
}

/// What a live node's loop needs from the world: a clock, messages in, messages out, a trace.
public protocol NodePort: ~Copyable {
  associatedtype Connected: Node
  associatedtype Failure: Error
  var now: Instant { get }
  /// The next thing that happens; blocks until then, without polling.
  mutating func next(before deadline: Instant?) throws(Failure) -> PortEvent<Connected>
  /// Sends what one event caused; what belongs to one peer may go as one message. Never blocks.
  mutating func send(_ messages: [Connected.Outbound]) throws(Failure)
  mutating func record(_ record: TraceRecord, at instant: Instant)
}

/// Drives one node on a port until the node is done or the port says stop.
///
/// Inlinable, so that each node's loop is code of its own: what is generic looks types up at every event.
public struct NodeLoop<Port: NodePort & ~Copyable>: ~Copyable {
  @usableFromInline var node: Port.Connected
  public var port: Port
  @usableFromInline var timers = TimerQueue<Port.Connected.Timer>()
  @usableFromInline var effects = Effects<Port.Connected>()
  @usableFromInline var lateness = LatenessHistogram()
  @usableFromInline var events = 0
  @usableFromInline var busy = Duration.zero

  public init(_ node: Port.Connected, on port: consuming Port) {
    self.node = node
    self.port = port
  }

  /// Runs the node from its start; returns why it ended: nil when its work was done.
  @inlinable public mutating func run() throws(Port.Failure) -> String? {
    if try handle(.started) { return nil }
    while true {
      // Timers that are due go before messages that wait: they carry the run's instants.
      if let earliest = timers.earliest, earliest <= port.now, let (timer, planned) = timers.popDue(at: port.now) {
        lateness.add(port.now - planned)
        if try handle(.fired(timer, planned: planned)) { return nil }
        continue
      }
      switch try port.next(before: timers.earliest) {
      case .deadline: continue
      case .message(let message): if try handle(.received(message)) { return nil }
      case .stop(let cause):
        if !cause.isEmpty { port.record(.stopped(cause: cause), at: port.now) }
        _ = try handle(.stopped(cause: cause.isEmpty ? "the run ended" : cause))
        return cause
      }
    }
  }

  /// How punctual the loop was; what it cost process and machine is the port's to add.
  public var statistics: LoopStatistics {
    LoopStatistics(
      timers: lateness.count, latenessMedian: lateness.quantile(0.5), latenessP99: lateness.quantile(0.99),
      latenessMax: lateness.greatest, events: events, busy: busy, cpu: .zero, steal: 0)
  }

  /// One event through the node and its effects into the world; whether the node is finished.
  @inlinable mutating func handle(_ event: Event<Port.Connected>) throws(Port.Failure) -> Bool {
    let now = port.now
    effects.removeAll()
    node.handle(event, at: now, &effects)
    for (timer, instant) in effects.timers { timers.add(timer, at: instant) }
    for record in effects.records { port.record(record, at: now) }
    if !effects.outbound.isEmpty { try port.send(effects.outbound) }
    events += 1
    busy += port.now - now
    return effects.isFinished
  }
}
