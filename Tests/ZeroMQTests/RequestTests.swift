import Testing
import ZeroMQ

/// Questions to a peer that may be slow, gone or restarted.
@Suite(.timeLimit(.minutes(1))) struct RequestTests {
  @Test func `each question gets its answer`() throws {
    let context = try Context()
    let rep = try Socket(context, .rep)
    let req = try Socket(context, .req)
    try req.connect(try rep.bind("tcp://127.0.0.1:*"))
    for number in 0..<3 {
      try req.sendWaiting(["question \(number)"])
      #expect(try rep.receiveWaiting().texts == ["question \(number)"])
      #expect(try rep.send(["answer \(number)"]) == .sent)
      #expect(try req.receiveWaiting().texts == ["answer \(number)"])
    }
  }

  @Test func `a late answer is not taken for the next question's`() throws {
    let context = try Context()
    let rep = try Socket(context, .rep)
    let req = try Socket(context, .req)
    try req.connect(try rep.bind("tcp://127.0.0.1:*"))
    try req.sendWaiting(["1"])
    #expect(try rep.receiveWaiting().texts == ["1"])
    // The first question is given up, and then answered.
    #expect(try req.send(["2"]) == .sent)
    #expect(try rep.send(["late"]) == .sent)
    #expect(try rep.receiveWaiting().texts == ["2"])
    #expect(try rep.send(["in time"]) == .sent)
    #expect(try req.receiveWaiting().texts == ["in time"])
  }

  @Test func `a peer that died with a question keeps nobody from asking the next one`() throws {
    let context = try Context()
    let req = try Socket(context, .req)
    let endpoint: String
    do {
      let first = try Socket(context, .rep)
      endpoint = try first.bind("tcp://127.0.0.1:*")
      try req.connect(endpoint)
      try req.sendWaiting(["lost"])
      #expect(try first.receiveWaiting().texts == ["lost"])
    }
    let second = try bound(context, endpoint)
    // libzmq may not have noticed yet, and hand a question to the connection that is gone.
    var set = try BoundedPollSet()
    let (asked, answered) = (set.add(second), set.add(req))
    set.setWantsWrite(true, at: answered)
    while !set.isReadable(asked) {
      _ = try req.send(["again"])
      try set.wait()
    }
    #expect(try second.receiveWaiting().texts == ["again"])
  }

  /// The port is free once libzmq's I/O thread has closed it.
  private func bound(_ context: Context, _ endpoint: String) throws -> Socket {
    while true {
      let socket = try Socket(context, .rep)
      do throws(ZeroMQError) {
        try socket.bind(endpoint)
        return socket
      } catch { guard error.kind == .addressInUse else { throw error } }
    }
  }
}
