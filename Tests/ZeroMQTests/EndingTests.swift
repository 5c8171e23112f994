import Testing
import ZeroMQ

@Suite(.timeLimit(.minutes(1))) struct EndingTests {
  @Test func `shutting down ends a wait on another thread`() throws {
    let context = try Context()
    let waiting = try EventDescriptor()
    let thread = try spawnThread(name: "waits") {
      do {
        let socket = try Socket(context, .pull)
        var set = try BoundedPollSet()
        _ = set.add(socket)
        waiting.signal()
        let error = #expect(throws: ZeroMQError.self) { try set.wait() }
        #expect(error?.kind == .terminated)
        #expect(throws: ZeroMQError.self) { try socket.receive() }
      } catch {
        Issue.record(error)
      }
    }
    var set = try BoundedPollSet()
    _ = set.add(descriptor: waiting.descriptor)
    try set.wait()
    context.shutdown()
    thread.join()
    context.terminate()
    context.terminate()
    let error = #expect(throws: ZeroMQError.self) { _ = try Socket(context, .pull) }
    #expect(error?.kind == .terminated)
  }

  @Test func `closing lingers as long as it was told, so that the last word is heard`() throws {
    let listening = try Context()
    let receiver = try Socket(listening, .pull)
    let endpoint = try receiver.bind("tcp://127.0.0.1:*")
    do {
      let context = try Context()
      var options = SocketOptions()
      options.linger = .seconds(2)
      do {
        let sender = try Socket(context, .push, options)
        try sender.connect(endpoint)
        for number in 0..<500 { try sender.sendWaiting(["\(number)"]) }
      }
      context.terminate()
    }
    for number in 0..<500 { #expect(try receiver.receiveWaiting().texts == ["\(number)"]) }
  }

  @Test func `a socket that its poll set outlives is a trap, not freed memory`() async {
    await #expect(processExitsWith: .failure) {
      let context = try Context()
      var set = PollSet()
      do {
        let socket = try Socket(context, .pull)
        _ = set.add(socket)
      }
      try set.wait()
    }
  }
}
