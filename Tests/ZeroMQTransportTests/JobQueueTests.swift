import Testing

@testable import ZeroMQTransport

@Suite struct JobQueueTests {
  /// What an engine's thread goes by when it asks whether another batch waits.
  @Test func whatWaitsIsKnown() throws {
    let queue = try JobQueue<Int>(bound: 2)
    #expect(!queue.hasJob)
    #expect(queue.add(1) && queue.hasJob)
    #expect(queue.add(2) && !queue.add(3))
    #expect(queue.next() == 1 && queue.hasJob)
    #expect(queue.next() == 2 && !queue.hasJob)
    #expect(queue.add(5) && queue.add(6) && queue.newest() == 6 && !queue.hasJob)
    queue.close()
    #expect(!queue.add(4) && !queue.hasJob && queue.next() == nil)
  }
}
