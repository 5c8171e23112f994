import CZeroMQ

/// libzmq's socket, known to the `Socket` that owns it and to the poll sets that watch it. Closing is the owner's; a
/// poll set that still watches then traps, where a bare pointer would read freed memory.
final class SocketHandle {
  let pointer: UnsafeMutableRawPointer
  let kind: SocketKind
  /// What errors name: the endpoint last bound or connected.
  var place: String
  private(set) var isOpen = true
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

  func close() {
    isOpen = false
    zmq_close(pointer)
  }

  /// Readable whenever libzmq has news for the socket: a message, room at a peer, a peer come or gone.
  var activityDescriptor: Int32 {
    var descriptor: Int32 = -1
    var size = MemoryLayout<Int32>.size
    zmq_getsockopt(pointer, ZMQ_FD, &descriptor, &size)
    return descriptor
  }
}
