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
      EngineFirst.letEngineCompute()
      let own = sched_getscheduler(0)
      found.withLock { $0["loop"] = own }
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
    #expect(found.withLock { $0 } == ["loop": 3, "sockets": 3, "engine": 0])
  }
}
