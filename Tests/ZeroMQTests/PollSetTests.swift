import Testing
import ZeroMQ

/// libzmq tells of a message once, and calls on the socket may take the news: nothing may be slept through.
@Suite(.timeLimit(.minutes(5))) struct PollSetTests {
  @Test func `a send takes the news of a message and the wait still returns`() throws {
    let context = try Context()
    let left = try Socket(context, .pair)
    let right = try Socket(context, .pair)
    try right.connect(try left.bind("tcp://127.0.0.1:*"))
    var set = try BoundedPollSet()
    let index = set.add(left)
    for round in 0..<300 {
      try right.sendWaiting(["\(round)"])
      // Nothing, or the message if it was that fast; then its arrival, which a call on the socket hides.
      var heard = try left.receive()
      for _ in 0..<round % 7 { _ = try left.send(["x"]) }
      while heard == nil {
        try set.wait()
        if set.isReadable(index) { heard = try left.receive() }
      }
      #expect(heard?.texts == ["\(round)"])
      while try right.receive() != nil {}
    }
  }

  /// Two sockets talk at random, some messages at a time are left where they are, and every message comes.
  @Test(arguments: 0..<40 as Range<UInt64>)
  func `no message is slept through`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let context = try Context()
    let router = try Socket(context, .router)
    var options = SocketOptions()
    options.routingID = Array("d".utf8)
    options.immediate = false
    let dealer = try Socket(context, .dealer, options)
    try dealer.connect(try router.bind("tcp://127.0.0.1:*"))
    var set = try BoundedPollSet()
    let (atRouter, atDealer) = (set.add(router), set.add(dealer))
    var (asked, heard, answered, returned) = (0, 0, 0, 0)
    while returned < 400 {
      for _ in 0..<Int.random(in: 0...3, using: &random) where asked < 400 {
        if try dealer.send(["\(asked)"]) == .sent { asked += 1 }
      }
      if asked == 0 || asked == returned { continue }
      try set.wait()
      #expect(set.isReadable(atRouter) || set.isReadable(atDealer))
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        guard set.isReadable(atRouter), let message = try router.receive() else { break }
        #expect(message.texts == ["d", "\(heard)"])
        heard += 1
        if try router.send([message[0], message[1]]) == .sent { answered += 1 }
      }
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        guard set.isReadable(atDealer), let message = try dealer.receive() else { break }
        #expect(message.texts == ["\(returned)"])
        returned += 1
      }
    }
    #expect((asked, heard, answered) == (400, 400, 400))
  }

  @Test func `what is not drained is there at the next wait`() throws {
    let context = try Context()
    let push = try Socket(context, .push)
    let pull = try Socket(context, .pull)
    try push.connect(try pull.bind("tcp://127.0.0.1:*"))
    for number in 0..<10 { try push.sendWaiting(["\(number)"]) }
    var set = try BoundedPollSet()
    let index = set.add(pull)
    for number in 0..<10 {
      repeat { try set.wait() } while !set.isReadable(index)
      #expect(try pull.receive()?.texts == ["\(number)"])
    }
  }
}
