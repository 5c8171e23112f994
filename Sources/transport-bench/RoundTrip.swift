import Synchronization
import ZeroMQ

/// 64 bytes from a DEALER to a ROUTER and back over TCP, each in a thread that waits in its poll set as a node does.
struct RoundTrip {
  let count: Int
  private let warmUp = 500

  init(count: Int) { self.count = count }

  func medianMicroseconds() throws -> Double {
    let context = try Context()
    let server = try Socket(context, .router)
    let endpoint = try server.bind("tcp://127.0.0.1:*")
    let samples = Samples()
    let client = try spawnThread(name: "client") {
      do { samples.store(try ask(context, endpoint)) } catch { fail(error) }
    }
    try answer(server)
    client.join()
    let sorted = samples.load().sorted()
    return Double(sorted[sorted.count / 2]) / 1000
  }

  private func answer(_ socket: borrowing Socket) throws {
    var set = PollSet()
    _ = set.add(socket)
    var answered = 0
    while answered < warmUp + count {
      try set.wait()
      while let message = try socket.receive() {
        _ = try socket.send(message)
        answered += 1
      }
    }
  }

  private func ask(_ context: Context, _ endpoint: String) throws -> [Int64] {
    var options = SocketOptions()
    options.immediate = false
    let socket = try Socket(context, .dealer, options)
    try socket.connect(endpoint)
    var set = PollSet()
    _ = set.add(socket)
    let bytes = [UInt8](repeating: 7, count: 64)
    var samples: [Int64] = []
    samples.reserveCapacity(warmUp + count)
    while samples.count < warmUp + count {
      let begin = monotonicNow()
      _ = try socket.send(Message(Part(copying: bytes)))
      var answered = false
      while !answered {
        try set.wait()
        while try socket.receive() != nil { answered = true }
      }
      samples.append(monotonicNow() - begin)
    }
    return Array(samples.dropFirst(warmUp))
  }
}

/// What the client's thread found, for the main thread.
private final class Samples: Sendable {
  private let values = Mutex<[Int64]>([])

  func store(_ samples: [Int64]) { values.withLock { $0 = samples } }
  func load() -> [Int64] { values.withLock { $0 } }
}
