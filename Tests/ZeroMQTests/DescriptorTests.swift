import Glibc
import Synchronization
import Testing
import ZeroMQ

// `== true` because #expect cannot call a method of a move-only value by itself.
@Suite(.timeLimit(.minutes(1))) struct DescriptorTests {
  @Test func `a timer fires at its time and not before, and once`() throws {
    let timer = try TimerDescriptor()
    var set = try BoundedPollSet()
    let index = set.add(descriptor: timer.descriptor)
    for milliseconds in [1, 3, 7] {
      let deadline = monotonicNow() + Int64(milliseconds) * 1_000_000
      timer.arm(at: deadline)
      #expect(timer.acknowledge() == false)
      try set.wait()
      #expect(monotonicNow() >= deadline)
      #expect(set.isReadable(index) == true)
      #expect(timer.acknowledge() == true)
      #expect(timer.acknowledge() == false)
    }
  }

  @Test(arguments: [Int64.min, -1, 0, 1]) func `a deadline that has passed fires at once`(deadline: Int64) throws {
    let timer = try TimerDescriptor()
    var set = try BoundedPollSet()
    _ = set.add(descriptor: timer.descriptor)
    timer.arm(at: deadline)
    try set.wait()
    #expect(timer.acknowledge() == true)
  }

  @Test func `a disarmed timer does not fire, and one set anew keeps only the new deadline`() throws {
    let disarmed = try TimerDescriptor()
    let moved = try TimerDescriptor()
    var set = try BoundedPollSet()
    let first = set.add(descriptor: disarmed.descriptor)
    let second = set.add(descriptor: moved.descriptor)
    disarmed.arm(at: 1)
    disarmed.disarm()
    moved.arm(at: monotonicNow() + 1_000_000_000_000)
    moved.arm(at: monotonicNow() + 5_000_000)
    try set.wait()
    #expect(set.isReadable(first) == false)
    #expect(set.isReadable(second) == true)
    #expect(disarmed.acknowledge() == false)
  }

  @Test func `signals are read one by one and interrupt nothing`() throws {
    // The blocking belongs to a thread, so the test has one of its own.
    let thread = try spawnThread(name: "signals") {
      do {
        let signals = try SignalDescriptor([SIGUSR1, SIGTERM])
        var set = try BoundedPollSet()
        let index = set.add(descriptor: signals.descriptor)
        #expect(signals.next() == nil)
        pthread_kill(pthread_self(), SIGTERM)
        pthread_kill(pthread_self(), SIGUSR1)
        pthread_kill(pthread_self(), SIGUSR1)
        try set.wait()
        #expect(set.isReadable(index) == true)
        #expect(Set([signals.next(), signals.next()]) == [SIGTERM, SIGUSR1])
        #expect(signals.next() == nil)
      } catch {
        Issue.record(error)
      }
    }
    thread.join()
  }

  @Test func `an event wakes the loop from any thread, and many are one`() throws {
    let event = try EventDescriptor()
    var set = try BoundedPollSet()
    let index = set.add(descriptor: event.descriptor)
    let threads = try (0..<8).map { _ in
      try spawnThread(name: "signals") { for _ in 0..<100 { event.signal() } }
    }
    try set.wait()
    #expect(set.isReadable(index) == true)
    for thread in threads { thread.join() }
    #expect(event.acknowledge())
    #expect(!event.acknowledge())
  }

  @Test func `a thread runs under its name, and joining waits for its end`() throws {
    let name = Mutex("")
    let thread = try spawnThread(name: "a-name-of-more-than-fifteen-bytes") {
      var buffer = [UInt8](repeating: 0, count: 32)
      let file = open("/proc/thread-self/comm", O_RDONLY)
      let count = read(file, &buffer, buffer.count)
      close(file)
      name.withLock { $0 = String(decoding: buffer.prefix(count), as: UTF8.self) }
    }
    thread.join()
    thread.join()
    #expect(name.withLock { $0 } == "a-name-of-more-\n")
  }
}
