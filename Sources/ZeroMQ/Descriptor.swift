import CZeroMQ
import Glibc

/// A Linux descriptor that closes with its owner.
struct Descriptor: ~Copyable, Sendable {
  let number: Int32

  /// Takes over the result of the call that made it.
  init(_ number: Int32, _ place: String) throws(ZeroMQError) {
    guard number >= 0 else { throw ZeroMQError("cannot create", at: place) }
    self.number = number
  }

  deinit { close(number) }

  /// The eight-byte counter of a timerfd or an eventfd, which reading sets back; 0 when nothing happened.
  func takeCount() -> UInt64 {
    var count: UInt64 = 0
    while read(number, &count, MemoryLayout<UInt64>.size) < 0 {
      guard errno == EINTR else { return 0 }
    }
    return count
  }
}
