import CZeroMQ

/// One deadline of a loop, on the monotonic clock, readable from then on until acknowledged.
///
/// It is exact to some tens of microseconds, where `zmq_poll`'s own timeout counts whole milliseconds.
public struct TimerDescriptor: ~Copyable {
  private let timer: Descriptor

  /// What a `PollSet` takes.
  public var descriptor: Int32 { timer.number }

  /// - Throws: `tooManyOpenFiles`.
  public init() throws(ZeroMQError) {
    timer = try Descriptor(offramp_timerfd(), "timer")
  }

  /// Sets the deadline, in place of any earlier one. One that has passed fires at once.
  /// - Parameter nanoseconds: on the clock of `monotonicNow()`.
  public func arm(at nanoseconds: Int64) {
    // Linux takes a time of 0 for "disarm" and refuses negative ones.
    let armed = offramp_timerfd_arm(descriptor, max(1, nanoseconds))
    precondition(armed == 0, "a timer of our own can be set")
  }

  /// Takes the deadline back; a firing that was not acknowledged is forgotten.
  public func disarm() {
    _ = offramp_timerfd_arm(descriptor, 0)
  }

  /// Makes it unreadable until it fires again.
  /// - Returns: whether it had fired.
  @discardableResult
  public func acknowledge() -> Bool { timer.takeCount() > 0 }
}
