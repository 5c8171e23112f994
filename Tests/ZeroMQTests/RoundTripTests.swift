import Testing
import ZeroMQ

@Suite(.timeLimit(.minutes(1))) struct RoundTripTests {
  @Test func `a dealer's message reaches a router with the dealer's name, and the answer comes back`() throws {
    let context = try Context()
    let router = try Socket(context, .router)
    let endpoint = try router.bind("tcp://127.0.0.1:*")
    var options = SocketOptions()
    options.routingID = Array("device-1".utf8)
    let dealer = try Socket(context, .dealer, options)
    try dealer.connect(endpoint)

    try dealer.sendWaiting(["offer", ""])
    let offer = try router.receiveWaiting()
    #expect(offer.texts == ["device-1", "offer", ""])
    #expect(try router.send([offer[0], Part("grant")]) == .sent)
    #expect(try dealer.receiveWaiting().texts == ["grant"])
  }
}
