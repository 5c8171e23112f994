import Glibc
import Synchronization

/// Threads that do something at the same time: none begins before all can, and none stops before all are through.
///
/// Each calls `waitForAll` and `finishOne` once, in this order, or `giveUpOne` where it fails at whatever point.
final class Together: Sendable {
  private struct State {
    var expected: Int
    var begun = 0
    var through = 0
  }
  private let state: Mutex<State>
  /// Between two looks of one that waits [µs]: its processor is free meanwhile for those who are still to come.
  private static let pause: UInt32 = 100

  init(count: Int) { state = Mutex(State(expected: count)) }

  /// Blocks the thread until all have come here or given up.
  func waitForAll() {
    state.withLock { $0.begun += 1 }
    while state.withLock({ $0.begun < $0.expected }) { usleep(Self.pause) }
  }
  func finishOne() { state.withLock { $0.through += 1 } }
  /// Nobody waits for it any more. What the others measure is lost with it, so it does not matter who else is through.
  func giveUpOne() { state.withLock { $0.expected -= 1 } }
  var areThrough: Bool { state.withLock { $0.through >= $0.expected } }
}
