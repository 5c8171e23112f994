import Glibc
import Testing
import ZeroMQ

@Suite(.timeLimit(.minutes(1))) struct EndpointTests {
  @Test func `a port in use is named, with what to do`() throws {
    let context = try Context()
    let first = try Socket(context, .router)
    let endpoint = try first.bind("tcp://127.0.0.1:*")
    let second = try Socket(context, .router)
    let error = #expect(throws: ZeroMQError.self) { try second.bind(endpoint) }
    #expect(error?.kind == .addressInUse)
    #expect(
      error?.description
        == "cannot bind, \(endpoint): the address is in use; stop the process that holds it or choose another port")
  }

  @Test(
    arguments: [
      ("tcp://192.0.2.1:5600", ZeroMQError.Kind.addressNotAvailable),
      ("tcp://no-such-interface:5600", .addressNotAvailable),
      ("tcp://127.0.0.1", .invalidEndpoint),
      ("tcp://127.0.0.1:70000", .invalidEndpoint),
      ("http://127.0.0.1:80", .invalidEndpoint),
      ("127.0.0.1:80", .invalidEndpoint),
      ("", .invalidEndpoint),
      ("ipc:///no/such/directory/socket", .noSuchFile),
      ("ipc:///" + String(repeating: "x", count: 200), .invalidEndpoint),
    ])
  func `a bad endpoint is refused`(endpoint: String, kind: ZeroMQError.Kind) throws {
    let socket = try Socket(try Context(), .router)
    let error = #expect(throws: ZeroMQError.self) { try socket.bind(endpoint) }
    #expect(error?.kind == kind)
    #expect(error?.place == endpoint)
  }

  @Test func `an option that libzmq refuses is named`() throws {
    let context = try Context()
    var options = SocketOptions()
    options.routingID = []
    let error = #expect(throws: ZeroMQError.self) { _ = try Socket(context, .dealer, options) }
    #expect(error?.what == "cannot set routingID")
  }

  @Test func `no socket file stays after the end`() throws {
    let directory = TemporaryDirectory()
    let context = try Context()
    do {
      let router = try Socket(context, .router)
      let endpoint = try router.bind("ipc://\(directory.path)/socket")
      #expect(endpoint == "ipc://\(directory.path)/socket")
      #expect(directory.names == ["socket"])
      let dealer = try Socket(context, .dealer)
      try dealer.connect(endpoint)
      try dealer.sendWaiting(["over a file"])
      #expect(try router.receiveWaiting().texts.last == "over a file")
    }
    context.terminate()
    #expect(directory.names.isEmpty)
  }

  @Test func `a living process's socket file is respected, a dead one's is replaced`() throws {
    let directory = TemporaryDirectory()
    let endpoint = "ipc://\(directory.path)/socket"
    let context = try Context()
    let first = try Socket(context, .router)
    try first.bind(endpoint)
    let second = try Socket(context, .router)
    let error = #expect(throws: ZeroMQError.self) { try second.bind(endpoint) }
    #expect(error?.kind == .addressInUse)

    let left = "\(directory.path)/left"
    close(open(left, O_CREAT | O_WRONLY, 0o600))
    try second.bind("ipc://\(left)")
    let dealer = try Socket(context, .dealer)
    try dealer.connect("ipc://\(left)")
    try dealer.sendWaiting(["taken over"])
    #expect(try second.receiveWaiting().texts.last == "taken over")
  }
}
