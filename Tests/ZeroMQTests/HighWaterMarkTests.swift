import Testing
import ZeroMQ

@Suite(.timeLimit(.minutes(1))) struct HighWaterMarkTests {
  /// Large enough that few messages fill the kernel's buffers too.
  static let payload = [UInt8](repeating: 7, count: 200_000)

  static var smallMarks: SocketOptions {
    var options = SocketOptions()
    options.sendHighWaterMark = 4
    options.receiveHighWaterMark = 4
    return options
  }

  static func numbered(_ number: Int) -> Message { Message(Part("\(number)"), Part(copying: payload)) }

  @Test func `a full pipe says so, keeps order and loses nothing`() throws {
    let context = try Context()
    let receiver = try Socket(context, .pull, Self.smallMarks)
    let endpoint = try receiver.bind("tcp://127.0.0.1:*")
    let sender = try Socket(context, .push, Self.smallMarks)
    try sender.connect(endpoint)
    try sender.sendWaiting(Self.numbered(0))

    var sent = 1
    var refusals = 0
    var received = 0
    var set = try BoundedPollSet()
    let output = set.add(sender)
    let input = set.add(receiver)
    let total = 300
    set.setWantsWrite(true, at: output)
    while received < total {
      // Everything that fits is sent before anything is read, so the mark is met again and again.
      sending: while sent < total {
        switch try sender.send(Self.numbered(sent)) {
        case .sent: sent += 1
        case .wouldBlock:
          refusals += 1
          break sending
        case .unroutable: Issue.record("only a ROUTER says unroutable")
        }
      }
      set.setWantsWrite(sent < total, at: output)
      try set.wait()
      guard set.isReadable(input) else { continue }
      while let message = try receiver.receive() {
        #expect(message[0].text == "\(received)")
        #expect(message[1].count == Self.payload.count)
        received += 1
      }
    }
    #expect(refusals > 0)
    #expect(sent == total)
  }

  @Test func `a full peer of a router holds up nobody else, and is served again when it drains`() throws {
    let context = try Context()
    let router = try Socket(context, .router, Self.smallMarks)
    let endpoint = try router.bind("tcp://127.0.0.1:*")
    let slow = try Self.dealer(context, "slow", endpoint, router)
    let quick = try Self.dealer(context, "quick", endpoint, router)

    var sent = 0
    while try router.send(Message([Part("slow")] + Self.numbered(sent).parts)) == .sent { sent += 1 }
    #expect(sent >= 4)
    for number in 0..<20 {
      #expect(try router.send(Message(Part("quick"), Part("\(number)"))) == .sent)
      #expect(try quick.receiveWaiting().texts == ["\(number)"])
    }
    // Meanwhile some of what was queued has moved on into the kernel's buffers.
    while try router.send(Message([Part("slow")] + Self.numbered(sent).parts)) == .sent { sent += 1 }

    var set = try BoundedPollSet()
    let output = set.add(router)
    let input = set.add(slow)
    set.setWantsWrite(true, at: output)
    var refused = true
    var received = 0
    while received <= sent {
      if refused { refused = try router.send(Message([Part("slow")] + Self.numbered(sent).parts)) != .sent }
      set.setWantsWrite(refused, at: output)
      try set.wait()
      guard set.isReadable(input) else { continue }
      if let message = try slow.receive() {
        #expect(message[0].text == "\(received)")
        received += 1
      }
    }
    #expect(!refused)
  }

  @Test func `without a peer a dealer keeps nothing`() throws {
    let context = try Context()
    let dealer = try Socket(context, .dealer)
    let probe = try Socket(context, .router)
    let endpoint = try probe.bind("tcp://127.0.0.1:*")
    #expect(try dealer.send(["nobody is connected to"]) == .wouldBlock)
    try dealer.connect(endpoint)
    try dealer.sendWaiting(["now somebody is"])
    #expect(try probe.receiveWaiting().texts.dropFirst() == ["now somebody is"])
  }

  private static func dealer(
    _ context: Context, _ name: String, _ endpoint: String, _ router: borrowing Socket
  ) throws -> Socket {
    var options = smallMarks
    options.routingID = Array(name.utf8)
    let dealer = try Socket(context, .dealer, options)
    try dealer.connect(endpoint)
    try dealer.sendWaiting(["hello"])
    #expect(try router.receiveWaiting().texts == [name, "hello"])
    return dealer
  }
}
