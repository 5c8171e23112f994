import Testing
import ZeroMQ

@Suite(.timeLimit(.minutes(1))) struct MessageLimitTests {
  @Test func `a part over the limit costs its sender the connection, and nobody else`() throws {
    let context = try Context()
    var options = SocketOptions()
    options.maxMessageBytes = 1000
    let router = try Socket(context, .router, options)
    let endpoint = try router.bind("tcp://127.0.0.1:*")
    let sender = try Socket(context, .dealer)
    let bystander = try Socket(context, .dealer)
    try sender.connect(endpoint)
    try bystander.connect(endpoint)
    try sender.sendWaiting(["sender"])
    let before = try router.receiveWaiting()[0]
    try bystander.sendWaiting(["bystander"])
    let neighbour = try router.receiveWaiting()[0]

    try sender.sendWaiting(Message(Part(copying: [UInt8](repeating: 1, count: 1000))))
    #expect(try router.receiveWaiting()[1].count == 1000)
    try sender.sendWaiting(Message(Part(copying: [UInt8](repeating: 1, count: 1001))))
    try router.waitUntilUnroutable(before)

    // What the sender queues before it learns that it is cut off is lost, so it says it until it is heard.
    var set = try BoundedPollSet()
    let input = set.add(router)
    let again = try TimerDescriptor()
    _ = set.add(descriptor: again.descriptor)
    while !set.isReadable(input) {
      _ = try sender.send([Part("again")])
      again.arm(at: monotonicNow() + 20_000_000)
      try set.wait()
    }
    let after = try router.receiveWaiting()
    #expect(after[1].text == "again")
    #expect(after[0].array != before.array, "a new connection has a new routing id")
    #expect(try router.send([neighbour, Part("still here")]) == .sent)
    #expect(try bystander.receiveWaiting().texts == ["still here"])
  }

  @Test(arguments: [5, 6, 100, 20_000])
  func `too many parts are refused whole, and the next message is read`(count: Int) throws {
    let context = try Context()
    let receiver = try Socket(context, .pair)
    let sender = try Socket(context, .pair)
    try sender.connect(try receiver.bind("tcp://127.0.0.1:*"))
    let part = Part("x")
    try sender.sendWaiting(Message([Part](repeating: part, count: count)))
    try sender.sendWaiting(["1", "2", "3", "4"])

    let error = #expect(throws: ZeroMQError.self) { try receiver.receiveWaiting() }
    #expect(error?.kind == .oversized(parts: count, limit: 4))
    #expect(try receiver.receiveWaiting().texts == ["1", "2", "3", "4"])
  }

  @Test func `a router knows no stranger, and forgets who has gone`() throws {
    let context = try Context()
    let router = try Socket(context, .router)
    let endpoint = try router.bind("tcp://127.0.0.1:*")
    #expect(try router.send(["stranger", "hello"]) == .unroutable)
    do {
      var options = SocketOptions()
      options.routingID = Array("guest".utf8)
      let guest = try Socket(context, .dealer, options)
      try guest.connect(endpoint)
      try guest.sendWaiting(["hello"])
      #expect(try router.receiveWaiting().texts == ["guest", "hello"])
      #expect(try router.send(["guest", "welcome"]) == .sent)
    }
    try router.waitUntilUnroutable(Part("guest"))
  }

  @Test func `a peer that comes and goes gets whole messages only`() throws {
    let context = try Context()
    var options = SocketOptions()
    options.reconnectInterval = .milliseconds(1)
    options.reconnectMaximum = .milliseconds(5)
    let sender = try Socket(context, .dealer, options)
    var endpoint = "tcp://127.0.0.1:*"
    var number = 0
    for round in 0..<20 {
      // Each round's receiver hangs up while messages are on their way; the endpoint stays the same.
      let receiver = try Socket(context, .dealer)
      endpoint = try receiver.bindAgain(endpoint)
      if round == 0 { try sender.connect(endpoint) }
      var received = 0
      while received < 100 {
        number += 1
        _ = try sender.send(["\(number)", "\(number)", "\(number)"])
        while let message = try receiver.receive() {
          #expect(message.count == 3 && Set(message.texts).count == 1)
          received += 1
        }
      }
    }
  }
}

extension Socket {
  /// A ROUTER's answer to "is the peer gone?".
  func waitUntilUnroutable(_ peer: Part) throws {
    var set = try BoundedPollSet()
    let index = set.add(self)
    set.setWantsWrite(true, at: index)
    while try send([peer, Part("are you there?")]) != .unroutable { try set.wait() }
  }

  /// An endpoint is free a moment after its socket was closed, when libzmq's own thread has got to it.
  func bindAgain(_ endpoint: String) throws -> String {
    let soon = try TimerDescriptor()
    var set = try BoundedPollSet()
    _ = set.add(descriptor: soon.descriptor)
    while true {
      if let bound = try bindIfFree(endpoint) { return bound }
      soon.arm(at: monotonicNow() + 1_000_000)
      try set.wait()
    }
  }

  private func bindIfFree(_ endpoint: String) throws(ZeroMQError) -> String? {
    do {
      return try bind(endpoint)
    } catch {
      guard error.kind == .addressInUse else { throw error }
      return nil
    }
  }
}
