import ZeroMQ

/// Features of 256 KB from a DEALER to a ROUTER over TCP, sent from where they lie and read where they arrived.
struct Throughput {
  let count: Int
  private let warmUp = 100
  private let byteCount = 256 << 10

  init(count: Int) { self.count = count }

  func megabytesPerSecond() throws -> Double {
    let context = try Context()
    let receiver = try Socket(context, .router, options)
    let endpoint = try receiver.bind("tcp://127.0.0.1:*")
    let sender = try spawnThread(name: "sender") {
      do { try send(context, endpoint) } catch { fail(error) }
    }
    let seconds = try receive(receiver)
    sender.join()
    return Double(count * byteCount) / 1e6 / seconds
  }

  private var options: SocketOptions {
    var options = SocketOptions()
    options.sendHighWaterMark = 16
    options.receiveHighWaterMark = 16
    options.immediate = false
    options.linger = .seconds(5)
    return options
  }

  private func send(_ context: Context, _ endpoint: String) throws {
    let socket = try Socket(context, .dealer, options)
    try socket.connect(endpoint)
    var set = PollSet()
    let index = set.add(socket)
    set.setWantsWrite(true, at: index)
    let feature = Feature(byteCount: byteCount)
    for _ in 0..<warmUp + count {
      let message = Message(Part(sharing: feature, bytes: feature.bytes))
      while try socket.send(message) != .sent { try set.wait() }
    }
  }

  private func receive(_ socket: borrowing Socket) throws -> Double {
    var set = PollSet()
    _ = set.add(socket)
    var received = 0
    var begin = monotonicNow()
    while received < warmUp + count {
      try set.wait()
      while let message = try socket.receive() {
        precondition(message[1].count == byteCount, "a feature arrives whole")
        received += 1
        if received == warmUp { begin = monotonicNow() }
      }
    }
    return Double(monotonicNow() - begin) / 1e9
  }
}

private final class Feature: Sendable {
  nonisolated(unsafe) private let memory: UnsafeMutableRawBufferPointer
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(memory) }

  init(byteCount: Int) {
    memory = .allocate(byteCount: byteCount, alignment: 64)
    memory.initializeMemory(as: UInt8.self, repeating: 7)
  }

  deinit { memory.deallocate() }
}
