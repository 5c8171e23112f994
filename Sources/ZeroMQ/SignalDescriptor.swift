import CZeroMQ
import Glibc

/// Signals as something to read, so that they interrupt nothing.
///
/// Make it first thing in `main`, before any thread and any `Context`: only threads that start afterwards have the
/// signals blocked too, and any other may still be killed by them. Child processes inherit the blocking. It stays when
/// the descriptor closes, because a signal that waits would kill the process at that moment.
public struct SignalDescriptor: ~Copyable {
  private let signals: Descriptor

  /// What a `PollSet` takes.
  public var descriptor: Int32 { signals.number }

  /// SIGINT and SIGTERM, the orders to stop.
  /// - Throws: `tooManyOpenFiles`.
  public init() throws(ZeroMQError) { try self.init([SIGINT, SIGTERM]) }

  /// - Throws: `tooManyOpenFiles`.
  public init(_ numbers: [Int32]) throws(ZeroMQError) {
    signals = try Descriptor(offramp_signalfd(numbers, numbers.count), "signals")
  }

  /// The next signal's number, or nil. Equal signals that come before they are read count as one.
  public func next() -> Int32? {
    let number = offramp_signalfd_next(descriptor)
    return number == 0 ? nil : number
  }
}
