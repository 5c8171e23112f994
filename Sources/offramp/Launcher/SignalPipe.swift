import Foundation
import Glibc

/// Signals as bytes that a poll set can wait for: SIGINT, SIGTERM and SIGHUP ask to stop, SIGCHLD says that a child ended.
///
/// A thread waits for them, since signalfd is out of Swift's reach without a C target. Make it before any other thread:
/// it blocks the signals for all that start later.
final class SignalPipe: Sendable {
  let descriptor: Int32

  init() {
    var ends: [Int32] = [-1, -1]
    precondition(pipe(&ends) == 0, "no file descriptors are left")
    for end in ends { Descriptor.closeOnExec(end) }
    Descriptor.doNotBlock(ends[0])
    descriptor = ends[0]
    var set = Self.set
    pthread_sigmask(SIG_BLOCK, &set, nil)
    // A parent may have had it ignored, and then nobody's end would be told.
    signal(SIGCHLD, SIG_DFL)
    let end = ends[1]
    Thread.detachNewThread { Self.forward(to: end) }
  }

  /// Lets SIGINT, SIGTERM and SIGHUP end this process again, as they do by default.
  func release() {
    while next() != nil {}
    var set = Self.set
    pthread_sigmask(SIG_UNBLOCK, &set, nil)
  }

  /// The next signal that came in, if any.
  func next() -> Int32? {
    var byte: UInt8 = 0
    return read(descriptor, &byte, 1) == 1 ? Int32(byte) : nil
  }

  private static func forward(to end: Int32) {
    var set = Self.set
    while true {
      var number: Int32 = 0
      guard sigwait(&set, &number) == 0 else { continue }
      var byte = UInt8(truncatingIfNeeded: number)
      _ = write(end, &byte, 1)
    }
  }

  private static var set: sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    for number in [SIGINT, SIGTERM, SIGHUP, SIGCHLD] { sigaddset(&set, number) }
    return set
  }
}

/// Flags of file descriptors.
enum Descriptor {
  static func closeOnExec(_ descriptor: Int32) { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
  static func doNotBlock(_ descriptor: Int32) { _ = fcntl(descriptor, F_SETFL, O_NONBLOCK) }
  /// Waits until one of them can be read, or this many nanoseconds; may return up to a millisecond before that time, and
  /// waits exactly where no more is left.
  static func wait(for descriptors: [Int32], nanoseconds: Int64) {
    var entries = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    let (milliseconds, rest) = max(0, nanoseconds).quotientAndRemainder(dividingBy: 1_000_000)
    let ready = poll(&entries, nfds_t(entries.count), Int32(clamping: milliseconds))
    guard ready == 0, milliseconds == 0 else { return }
    usleep(UInt32((rest + 999) / 1000))
  }
}
