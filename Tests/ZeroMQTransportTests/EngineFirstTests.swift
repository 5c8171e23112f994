import Glibc
import Synchronization
import Testing

@testable import ZeroMQ
@testable import ZeroMQTransport

@Suite struct EngineFirstTests {
  /// A node's threads inherit that they wait for the engine; the engine's own does not keep it.
  @Test func threadsWaitForTheEngineAndTheEngineForNobody() throws {
    let found = Mutex<[String: Int32]>([:])
    let node = try spawnThread(name: "node") {
      let isFirst = EngineFirst.letEngineCompute()
      let again = EngineFirst.letEngineCompute()
      let own = sched_getscheduler(0)
      found.withLock {
        $0["loop"] = own
        // Another policy than the usual one is somebody's choice, and stays.
        $0["answers"] = isFirst && !again ? 1 : 0
      }
      let others = ["sockets", "engine"].compactMap { name in
        try? spawnThread(name: name) {
          if name == "engine" { EngineFirst.take() }
          let own = sched_getscheduler(0)
          found.withLock { $0[name] = own }
        }
      }
      for thread in others { thread.join() }
    }
    node.join()
    // Batch and the usual policy, in Linux' interface.
    #expect(found.withLock { $0 } == ["loop": 3, "answers": 1, "sockets": 3, "engine": 0])
  }
}
