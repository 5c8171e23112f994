import CZeroMQ
import Glibc

/// A socket's limits and habits, with defaults that lose nothing silently and never wait.
///
/// What a socket can hold is `highWaterMark × maxParts × maxMessageBytes` for each peer and direction.
public struct SocketOptions: Sendable, Hashable {
  /// How long closing goes on sending what is queued. In an orderly stop 1 to 2 s; 0 throws it away.
  public var linger = Duration.zero
  /// Messages queued for each peer before `send` says `.wouldBlock`. The kernel's buffers come on top.
  public var sendHighWaterMark = 1000
  /// Messages queued from each peer before libzmq stops reading from it, which in time fills the sender's queue.
  public var receiveHighWaterMark = 1000
  /// Bytes in one part. libzmq drops the connection of a peer that sends a longer one, which then reconnects.
  public var maxMessageBytes = 4 << 20
  /// Parts in one message, the routing id included. A longer message is thrown away and reported as `oversized`.
  public var maxParts = 4
  /// How long a new connection may take to greet before it is dropped.
  public var handshakeInterval = Duration.seconds(2)
  /// The first wait before connecting again; it doubles up to `reconnectMaximum`.
  public var reconnectInterval = Duration.milliseconds(50)
  public var reconnectMaximum = Duration.seconds(1)
  /// Queue only for a peer that is there, so that a restarted peer gets no stale messages. Without a peer `send` says
  /// `.wouldBlock`, and what was queued for a peer that goes is lost.
  public var immediate = true
  /// For a ROUTER: `send` says `.unroutable` for an unknown peer and `.wouldBlock` for a full one. Switched off, libzmq
  /// throws both messages away in silence.
  public var routerMandatory = true
  /// For a ROUTER: a new connection takes over a routing id in use. Otherwise the new one is ignored.
  public var routerHandover = false
  public var tcpKeepalive = true
  /// The name by which a ROUTER knows this socket: 1 to 255 bytes, the first not zero. Without one the ROUTER makes one
  /// up at each connection.
  public var routingID: [UInt8]?
  /// How long the kernel may try to connect; its own limit is minutes.
  public var connectTimeout: Duration?

  public init() {}
}

extension SocketOptions {
  func apply(to socket: SocketHandle) throws(ZeroMQError) {
    try socket.set(ZMQ_LINGER, linger.milliseconds, "linger")
    try socket.set(ZMQ_SNDHWM, Int32(clamping: sendHighWaterMark), "sendHighWaterMark")
    try socket.set(ZMQ_RCVHWM, Int32(clamping: receiveHighWaterMark), "receiveHighWaterMark")
    try socket.set(ZMQ_MAXMSGSIZE, Int64(maxMessageBytes), "maxMessageBytes")
    try socket.set(ZMQ_HANDSHAKE_IVL, handshakeInterval.milliseconds, "handshakeInterval")
    try socket.set(ZMQ_RECONNECT_IVL, reconnectInterval.milliseconds, "reconnectInterval")
    try socket.set(ZMQ_RECONNECT_IVL_MAX, reconnectMaximum.milliseconds, "reconnectMaximum")
    try socket.set(ZMQ_IMMEDIATE, immediate, "immediate")
    try socket.set(ZMQ_TCP_KEEPALIVE, tcpKeepalive, "tcpKeepalive")
    if socket.kind == .router {
      try socket.set(ZMQ_ROUTER_MANDATORY, routerMandatory, "routerMandatory")
      try socket.set(ZMQ_ROUTER_HANDOVER, routerHandover, "routerHandover")
    }
    if socket.kind == .req {
      // Without them a REQ whose peer died can never ask again, or takes a late answer for that to its next question.
      try socket.set(ZMQ_REQ_RELAXED, true, "relaxed requests")
      try socket.set(ZMQ_REQ_CORRELATE, true, "numbered requests")
    }
    if let routingID { try socket.set(ZMQ_ROUTING_ID, routingID, "routingID") }
    if let connectTimeout { try socket.set(ZMQ_CONNECT_TIMEOUT, connectTimeout.milliseconds, "connectTimeout") }
  }
}

extension SocketHandle {
  fileprivate func set(_ option: Int32, _ value: Bool, _ name: String) throws(ZeroMQError) {
    try set(option, Int32(value ? 1 : 0), name)
  }

  fileprivate func set(_ option: Int32, _ value: Int32, _ name: String) throws(ZeroMQError) {
    try withUnsafeBytes(of: value) { bytes throws(ZeroMQError) in try set(option, bytes: bytes, name) }
  }

  fileprivate func set(_ option: Int32, _ value: Int64, _ name: String) throws(ZeroMQError) {
    try withUnsafeBytes(of: value) { bytes throws(ZeroMQError) in try set(option, bytes: bytes, name) }
  }

  fileprivate func set(_ option: Int32, _ value: [UInt8], _ name: String) throws(ZeroMQError) {
    let result = zmq_setsockopt(pointer, option, value, value.count)
    if result != 0 { throw refusal(of: name) }
  }

  private func set(_ option: Int32, bytes: UnsafeRawBufferPointer, _ name: String) throws(ZeroMQError) {
    let result = zmq_setsockopt(pointer, option, bytes.baseAddress, bytes.count)
    if result != 0 { throw refusal(of: name) }
  }

  private func refusal(of name: String) -> ZeroMQError {
    let code = zmq_errno()
    // EINVAL means an invalid endpoint everywhere but here.
    return ZeroMQError(code == EINVAL ? .other(code: code) : .init(code: code), "cannot set \(name)", at: "\(kind)")
  }
}

extension Duration {
  /// Whole milliseconds, rounded up so that a short time does not become "at once" or "never".
  var milliseconds: Int32 {
    let (seconds, attoseconds) = components
    let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    guard !overflow else { return Int32.max }
    return Int32(clamping: scaled + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
  }
}
