public import EdgeModel
public import TraceLog

/// A testbed node: events in, effects out. It never waits, reads a clock, draws unseeded randomness, or touches a socket,
/// so the same value runs over ZeroMQ and in virtual time.
public protocol Node: Sendable {
  associatedtype Inbound: Sendable
  associatedtype Outbound: Sendable
  associatedtype Timer: Hashable, Sendable
  /// `now` never goes back from one call to the next.
  mutating func handle(_ event: Event<Self>, at now: Instant, _ effects: inout Effects<Self>)
}

/// What can happen to a node.
public enum Event<N: Node>: Sendable {
  /// First, once, at the run's start.
  case started
  case received(N.Inbound)
  /// A timer set for `planned` fired; it may be late, and it may be one that no longer matters.
  case fired(N.Timer, planned: Instant)
  /// Last, once, unless the node finished by itself: what is open must be concluded now.
  case stopped(cause: String)
}

/// What a node wants done, in order. The driver reuses one value for all calls.
public struct Effects<N: Node>: Sendable {
  public private(set) var outbound: [N.Outbound] = []
  public private(set) var timers: [(timer: N.Timer, at: Instant)] = []
  public private(set) var records: [TraceRecord] = []
  /// The node has nothing left to do.
  public private(set) var isFinished = false
  public init() {}
  public mutating func send(_ message: N.Outbound) { outbound.append(message) }
  /// Timers cannot be taken back; nodes ignore those that no longer matter.
  public mutating func fire(_ timer: N.Timer, at instant: Instant) { timers.append((timer, instant)) }
  public mutating func record(_ record: TraceRecord) { records.append(record) }
  public mutating func finish() { isFinished = true }
  public mutating func removeAll() {
    outbound.removeAll(keepingCapacity: true)
    timers.removeAll(keepingCapacity: true)
    records.removeAll(keepingCapacity: true)
    isFinished = false
  }
}
