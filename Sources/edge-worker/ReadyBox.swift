import EdgeModel
import Glibc
import Inference
import Synchronization

/// What instance 0 has made ready.
struct ReadyEngine: Sendable {
  /// nil for a replay, and on a device.
  var loaded: SharedModels<SharedEngine>?
  /// Of each model, with 1, 2, … instances at work.
  var profiles: [[LatencyProfile]]
  /// For people.
  var name: String
}

/// Where the instances wait for each other before the worker is ready; one that fails ends the process.
final class ReadyBox: Sendable {
  private let engine = Mutex<ReadyEngine?>(nil)
  private let others = Atomic<Int>(0)

  func put(_ ready: ReadyEngine) { engine.withLock { $0 = ready } }
  /// nil until instance 0 has put it there.
  var content: ReadyEngine? { engine.withLock { $0 } }
  func await() -> ReadyEngine {
    while true {
      if let content { return content }
      usleep(1000)
    }
  }

  /// An instance other than 0 is open.
  func countOne() { others.add(1, ordering: .releasing) }
  /// Waits until so many others are.
  func awaitOthers(_ count: Int) { while others.load(ordering: .acquiring) < count { usleep(1000) } }
}
