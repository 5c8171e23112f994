import EdgeModel
import ZeroMQ

/// What every node process waits with: one poll set over its sockets, one timer, the signals that ask it to stop.
///
/// Make it first thing in `main`: it blocks the signals for every thread that starts later.
public struct NodeProcess: ~Copyable {
  let context: Context
  var poll: PollSet
  private let timer: TimerDescriptor
  private let signals: SignalDescriptor
  /// What the timer is set to; the least of all where it has fired.
  private var armed: Int64
  private let timerIndex: Int
  private let signalIndex: Int

  public init(name: String) throws(NodeFailure) {
    do throws(ZeroMQError) { self = try NodeProcess(opening: name) } catch { throw NodeFailure(error) }
  }

  private init(opening name: String) throws(ZeroMQError) {
    let signals = try SignalDescriptor()
    nameThread(name)
    setTimerSlack(1)
    let timer = try TimerDescriptor()
    context = try Context()
    var poll = PollSet()
    timerIndex = poll.add(descriptor: timer.descriptor)
    signalIndex = poll.add(descriptor: signals.descriptor)
    armed = .min
    self.signals = signals
    self.timer = timer
    self.poll = poll
  }

  /// Waits until a socket, a mailbox or a signal has something, or CLOCK_MONOTONIC reaches `deadline`.
  mutating func wait(until deadline: Int64) throws(ZeroMQError) {
    if deadline != armed { timer.arm(at: max(1, deadline)) }
    armed = deadline
    try poll.wait()
    if poll.isReadable(timerIndex), timer.acknowledge() { armed = .min }
  }
  /// Why to stop, where a signal asks for it.
  mutating func stopSignal() -> String? {
    guard poll.isReadable(signalIndex), let number = signals.next() else { return nil }
    return number == 2 ? "interrupted (SIGINT)" : "terminated (SIGTERM)"
  }
}
