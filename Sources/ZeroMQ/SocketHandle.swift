import CZeroMQ
import Glibc

/// libzmq's socket, known to the `Socket` that owns it and to the poll sets that watch it. Closing is the owner's; a
/// poll set that still watches then traps, where a bare pointer would read freed memory.
final class SocketHandle {
  let pointer: UnsafeMutableRawPointer
  let kind: SocketKind
  /// What errors name: the endpoint last bound or connected.
  var place: String
  /// The files of `ipc://` endpoints that it is bound to.
  var socketFiles: [String] = []
  private(set) var isOpen = true
  /// Whether libzmq may know of something that its descriptor will not tell: any call on the socket takes the descriptor's
  /// news, except one that found nothing.
  var mayHaveNews = true
  // Held so that the context cannot end before its sockets.
  private let context: Context

  init(_ context: Context, _ kind: SocketKind, _ options: SocketOptions) throws(ZeroMQError) {
    pointer = try context.makeSocket(kind)
    self.kind = kind
    self.context = context
    place = "\(kind)"
    do {
      try options.apply(to: self)
    } catch {
      close()
      throw error
    }
  }

  /// Returns the endpoint as it is, with the port that was found.
  func bind(_ endpoint: Endpoint) throws(ZeroMQError) -> String {
    place = endpoint.text
    mayHaveNews = true
    if endpoint.hasImpossiblePort { throw ZeroMQError(.invalidEndpoint, "cannot bind", at: place) }
    if let file = endpoint.socketFile, offramp_unix_socket_is_served(file) != 0 {
      throw ZeroMQError(.addressInUse, "cannot bind", at: place)
    }
    if zmq_bind(pointer, place) != 0 { throw ZeroMQError("cannot bind", at: place) }
    place = try resolvedEndpoint()
    if let file = Endpoint(place).socketFile { socketFiles.append(file) }
    return place
  }

  func connect(_ endpoint: Endpoint) throws(ZeroMQError) {
    place = endpoint.text
    mayHaveNews = true
    if endpoint.hasImpossiblePort { throw ZeroMQError(.invalidEndpoint, "cannot connect", at: place) }
    if zmq_connect(pointer, place) != 0 { throw ZeroMQError("cannot connect", at: place) }
  }

  private func resolvedEndpoint() throws(ZeroMQError) -> String {
    // The longest are ipc:// and 108 bytes of path, or an interface's name.
    var endpoint = [UInt8](repeating: 0, count: 512)
    var size = endpoint.count
    let result = zmq_getsockopt(pointer, ZMQ_LAST_ENDPOINT, &endpoint, &size)
    if result != 0 { throw ZeroMQError("cannot read the endpoint", at: place) }
    return String(decoding: endpoint.prefix(size - 1), as: UTF8.self)
  }

  func close() {
    isOpen = false
    // libzmq 4.3 leaves the file behind. Closing first would give another process time to bind, and we would unlink
    // its file.
    for path in socketFiles { unlink(path) }
    zmq_close(pointer)
  }

  /// Has libzmq act at once on what its I/O thread told the socket: a message, room at a peer, a peer come or gone. Whether
  /// a message is there, and whether there is room.
  /// - Throws: `terminated`.
  @discardableResult
  func takeNews() throws(ZeroMQError) -> (canRead: Bool, canWrite: Bool) {
    var events: Int32 = 0
    var size = MemoryLayout<Int32>.size
    while zmq_getsockopt(pointer, ZMQ_EVENTS, &events, &size) != 0 {
      guard zmq_errno() == EINTR else { throw ZeroMQError("cannot wait", at: place) }
    }
    mayHaveNews = events & ZMQ_POLLIN != 0
    return (mayHaveNews, events & ZMQ_POLLOUT != 0)
  }

  /// Readable whenever libzmq has news for the socket: a message, room at a peer, a peer come or gone.
  var activityDescriptor: Int32 {
    var descriptor: Int32 = -1
    var size = MemoryLayout<Int32>.size
    zmq_getsockopt(pointer, ZMQ_FD, &descriptor, &size)
    return descriptor
  }
}
