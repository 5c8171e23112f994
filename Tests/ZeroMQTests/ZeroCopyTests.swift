import Synchronization
import Testing
import ZeroMQ

@Suite(.timeLimit(.minutes(1))) struct ZeroCopyTests {
  @Test func `the owner is let go once libzmq and the sender have`() throws {
    let released = try EventDescriptor()
    let context = try Context()
    let receiver = try Socket(context, .pull)
    let sender = try Socket(context, .push)
    try sender.connect(try receiver.bind("tcp://127.0.0.1:*"))
    do {
      let part = Tensor(seed: 1, count: 256 << 10, released).part
      try sender.sendWaiting(Message(part))
      #expect(try receiver.receiveWaiting()[0].array == part.array)
      #expect(!released.acknowledge(), "the sender still has it")
    }
    var set = try BoundedPollSet()
    _ = set.add(descriptor: released.descriptor)
    try set.wait()
    #expect(released.acknowledge())
  }

  @Test func `bytes are sent from where they lie and arrive unchanged`() throws {
    let context = try Context()
    let receiver = try Socket(context, .pull)
    let sender = try Socket(context, .push)
    try sender.connect(try receiver.bind("tcp://127.0.0.1:*"))
    let released = try EventDescriptor()
    for seed in 0..<200 {
      var random = SeededGenerator(seed: UInt64(seed))
      let count = [0, 1, 33, 34, 8191, 8192, Int.random(in: 0...300_000, using: &random)][seed % 7]
      let tensor = Tensor(seed: UInt64(seed), count: count, released)
      tensor.part.withUnsafeBytes { #expect($0.baseAddress == UnsafeRawPointer(tensor.bytes.baseAddress)) }
      try sender.sendWaiting(Message(Part("\(seed)"), tensor.part))
      let received = try receiver.receiveWaiting()
      #expect(received[0].text == "\(seed)")
      #expect(received[1].array == Array(tensor.bytes))
    }
  }

  @Test func `what is refused, unread or never sent is let go too`() throws {
    let owners = 50
    let counter = Counter()
    do {
      let context = try Context()
      var options = SocketOptions()
      options.sendHighWaterMark = 5
      options.receiveHighWaterMark = 5
      let receiver = try Socket(context, .pull, options)
      let sender = try Socket(context, .push, options)
      try sender.connect(try receiver.bind("tcp://127.0.0.1:*"))
      try sender.sendWaiting(["connected"])
      var results: Set<SendResult> = []
      for _ in 0..<owners {
        let owner = CountedOwner(counter, count: 300_000)
        results.insert(try sender.send(Message(Part(sharing: owner, bytes: UnsafeRawBufferPointer(owner.bytes)))))
      }
      #expect(results == [.sent, .wouldBlock])
    }
    // The context has ended with the last of its sockets, and so have libzmq's threads.
    #expect(counter.value.load(ordering: .acquiring) == owners)
  }

  @Test func `one part goes to many peers from many threads, and a received one is forwarded`() throws {
    let tensor = Part(copying: SeededGenerator.bytes(seed: 3, 100_000))
    let expected = tensor.array
    let context = try Context()
    let collector = try Socket(context, .pull)
    let collected = try collector.bind("tcp://127.0.0.1:*")
    let threads = try (0..<4).map { _ in
      try spawnThread(name: "sender") {
        do {
          let sender = try Socket(context, .push)
          let relay = try Socket(context, .pull)
          let onward = try Socket(context, .push, .lingering)
          try sender.connect(try relay.bind("tcp://127.0.0.1:*"))
          try onward.connect(collected)
          for _ in 0..<50 {
            try sender.sendWaiting(Message(tensor))
            try onward.sendWaiting(try relay.receiveWaiting())
          }
        } catch {
          Issue.record(error)
        }
      }
    }
    for _ in 0..<200 { #expect(try collector.receiveWaiting()[0].array == expected) }
    for thread in threads { thread.join() }
  }

  @Test func `a part filled in place, a span and a copy hold the same bytes`() {
    let bytes: [UInt8] = Array(0..<100)
    let filled = Part(byteCount: 100) { $0.copyBytes(from: bytes) }
    #expect(filled.array == bytes)
    #expect(Part(copying: bytes.span.bytes).array == bytes)
    #expect(bytes.withUnsafeBytes { Part(copying: $0) }.array == bytes)
    #expect(
      filled.withBytes { span in (0..<span.byteCount).map { span.unsafeLoad(fromByteOffset: $0, as: UInt8.self) } }
        == bytes)
    #expect(Part(copying: [UInt8]()).count == 0)
  }
}

/// Memory that says when it is let go.
private final class Tensor: Sendable {
  nonisolated(unsafe) let bytes: UnsafeMutableBufferPointer<UInt8>
  private let released: EventDescriptor

  init(seed: UInt64, count: Int, _ released: EventDescriptor) {
    bytes = .allocate(capacity: count)
    _ = bytes.initialize(from: SeededGenerator.bytes(seed: seed, count))
    self.released = released
  }

  deinit {
    // What is read after this is seen by a test, and by the address sanitizer.
    bytes.update(repeating: 0xEE)
    bytes.deallocate()
    released.signal()
  }

  var part: Part { Part(sharing: self, bytes: UnsafeRawBufferPointer(bytes)) }
}

private final class Counter: Sendable {
  let value = Atomic(0)
}

private final class CountedOwner: Sendable {
  nonisolated(unsafe) let bytes: UnsafeMutableBufferPointer<UInt8>
  private let counter: Counter

  init(_ counter: Counter, count: Int) {
    bytes = .allocate(capacity: count)
    bytes.initialize(repeating: 1)
    self.counter = counter
  }

  deinit {
    bytes.deallocate()
    counter.value.add(1, ordering: .releasing)
  }
}

extension SeededGenerator {
  fileprivate static func bytes(seed: UInt64, _ count: Int) -> [UInt8] {
    var random = SeededGenerator(seed: seed)
    return random.bytes(count)
  }
}

extension SocketOptions {
  fileprivate static var lingering: SocketOptions {
    var options = SocketOptions()
    options.linger = .seconds(2)
    return options
  }
}
