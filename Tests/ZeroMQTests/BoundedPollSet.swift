import Testing
import ZeroMQ

/// A poll set that gives up: a test that waits in vain fails, and does not hang (a suite's time limit cannot end a
/// thread that waits in the kernel).
struct BoundedPollSet: ~Copyable {
  struct GaveUp: Error {}

  private var set = PollSet()
  private let patience: TimerDescriptor
  private let patienceIndex: Int

  init() throws {
    patience = try TimerDescriptor()
    patienceIndex = set.add(descriptor: patience.descriptor)
  }

  mutating func add(_ socket: borrowing Socket) -> Int { set.add(socket) }
  mutating func add(descriptor: Int32) -> Int { set.add(descriptor: descriptor) }
  mutating func setWantsWrite(_ wants: Bool, at index: Int) { set.setWantsWrite(wants, at: index) }
  func isReadable(_ index: Int) -> Bool { set.isReadable(index) }
  func isWritable(_ index: Int) -> Bool { set.isWritable(index) }

  mutating func wait() throws {
    patience.arm(at: monotonicNow() + 20_000_000_000)
    try set.wait()
    if set.isReadable(patienceIndex) { throw GaveUp() }
  }
}
