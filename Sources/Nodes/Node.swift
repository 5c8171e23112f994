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

/// What a node wants done, in order. The driver reuses one value for all calls; inlinable, since in simulation it would
/// otherwise cost more than the nodes themselves.
public struct Effects<N: Node>: Sendable {
  @usableFromInline var sent: [N.Outbound] = []
  @usableFromInline var fired: [(timer: N.Timer, at: Instant)] = []
  @usableFromInline var recorded: [TraceRecord] = []
  @usableFromInline var finished = false
  @inlinable public init() {}

  @inlinable public var outbound: [N.Outbound] { sent }
  @inlinable public var timers: [(timer: N.Timer, at: Instant)] { fired }
  @inlinable public var records: [TraceRecord] { recorded }
  /// The node has nothing left to do.
  @inlinable public var isFinished: Bool { finished }

  @inlinable public mutating func send(_ message: N.Outbound) { sent.append(message) }
  /// Timers cannot be taken back; nodes ignore those that no longer matter.
  @inlinable public mutating func fire(_ timer: N.Timer, at instant: Instant) { fired.append((timer, instant)) }
  @inlinable public mutating func record(_ record: TraceRecord) { recorded.append(record) }
  @inlinable public mutating func finish() { finished = true }
  @inlinable public mutating func removeAll() {
    // Most calls leave most of them empty, and emptying an empty array is not free.
    if !sent.isEmpty { sent.removeAll(keepingCapacity: true) }
    if !fired.isEmpty { fired.removeAll(keepingCapacity: true) }
    if !recorded.isEmpty { recorded.removeAll(keepingCapacity: true) }
    finished = false
  }
}
