import Testing
import ZeroMQ

@Suite(.timeLimit(.minutes(1))) struct GarbageTests {
  @Test func `random bytes do not stop a router`() throws {
    let context = try Context()
    var options = SocketOptions()
    options.maxMessageBytes = 10_000
    let router = try Socket(context, .router, options)
    let endpoint = try router.bind("tcp://127.0.0.1:*")
    var junk = 0
    for seed in 0..<300 {
      var random = SeededGenerator(seed: UInt64(seed))
      let peer = RawPeer(to: endpoint)
      peer.write(Self.beginning(seed) + random.bytes(Int.random(in: 0...3000, using: &random)))
      junk += try router.drain()
    }

    let dealer = try Socket(context, .dealer)
    try dealer.connect(endpoint)
    try dealer.sendWaiting(["I speak ZeroMQ"])
    var heard = false
    while !heard {
      let message = try router.receiveWaitingThroughRefusals()
      heard = message.last?.text == "I speak ZeroMQ"
      if heard { #expect(try router.send([message[0], Part("I hear")]) == .sent) } else { junk += 1 }
    }
    #expect(try dealer.receiveWaiting().texts == ["I hear"])
    print("300 garbage peers: \(junk) messages of junk reached the application")
  }

  /// Why every message is checked by its reader: without CURVE there is no door.
  @Test func `bytes in the shape of the oldest protocol reach the application as a message`() throws {
    let context = try Context()
    let router = try Socket(context, .router)
    let peer = RawPeer(to: try router.bind("tcp://127.0.0.1:*"))
    let anonymous: [UInt8] = [1, 0]
    peer.write(anonymous + [UInt8(1 + "gotcha".utf8.count), 0] + Array("gotcha".utf8))
    #expect(try router.receiveWaiting()[1].text == "gotcha")
  }

  @Test func `who connects and does not greet is dropped`() throws {
    let context = try Context()
    var options = SocketOptions()
    options.handshakeInterval = .milliseconds(50)
    let router = try Socket(context, .router, options)
    let peer = RawPeer(to: try router.bind("tcp://127.0.0.1:*"))
    peer.waitForHangUp()
    #expect(try router.receive()?.texts == nil)
  }

  /// A third of the peers are plainly random, a third greet like ZeroMQ, a third get as far as after a good greeting.
  private static func beginning(_ seed: Int) -> [UInt8] {
    let signature: [UInt8] = [0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F]
    let greeting = signature + [3, 0] + Array("NULL".utf8) + [UInt8](repeating: 0, count: 48)
    return [[], signature, greeting][seed % 3]
  }
}

extension Socket {
  fileprivate func drain() throws(ZeroMQError) -> Int {
    var count = 0
    while true {
      do {
        guard try receive() != nil else { return count }
      } catch {
        guard case .oversized = error.kind else { throw error }
      }
      count += 1
    }
  }

  fileprivate func receiveWaitingThroughRefusals() throws -> Message {
    while true {
      do {
        return try receiveWaiting()
      } catch let error as ZeroMQError {
        guard case .oversized = error.kind else { throw error }
      }
    }
  }
}
