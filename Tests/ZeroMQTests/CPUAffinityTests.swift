import Synchronization
import Testing
import ZeroMQ

struct CPUAffinityTests {
  private final class Found: Sendable { let numbers = Mutex<[[Int]]>([]) }

  /// On threads of its own: the test's may be anybody's.
  @Test func aThreadStaysWhereItIsKeptAndSoDoThoseThatItStarts() throws {
    let all = try CPUAffinity.current()
    let found = Found()
    try spawnThread(name: "kept") {
      try? CPUAffinity.keep(on: [all[0], 1023])
      let inner = try? spawnThread(name: "inner") {
        found.numbers.withLock { $0.append((try? CPUAffinity.current()) ?? []) }
      }
      inner?.join()
      try? CPUAffinity.keep(on: all)
      found.numbers.withLock { $0.append((try? CPUAffinity.current()) ?? []) }
    }.join()
    #expect(found.numbers.withLock { $0 } == [[all[0]], all])
    #expect(try CPUAffinity.current() == all)
  }

  @Test func processorsThatDoNotExistAreRefused() throws {
    let all = try CPUAffinity.current()
    guard !all.contains(1023) else { return }
    #expect(throws: ZeroMQError.self) { try CPUAffinity.keep(on: [1023]) }
    #expect(throws: ZeroMQError.self) { try CPUAffinity.keep(on: []) }
    #expect(try CPUAffinity.current() == all)
  }
}
