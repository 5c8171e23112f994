import CZeroMQ
import Glibc

/// A ZeroMQ socket, owned by one thread, that never waits; going out of scope closes it.
///
/// Waiting is the `PollSet`'s matter. What happens at each limit is in `SocketOptions` and in Docs/ZeroMQ.md.
public struct Socket: ~Copyable {
  let handle: SocketHandle
  private let maxParts: Int

  public var kind: SocketKind { handle.kind }

  /// - Throws: `terminated`, `tooManyOpenFiles`; `other` for an option that libzmq refuses, such as an empty routing id.
  public init(_ context: Context, _ kind: SocketKind, _ options: SocketOptions = SocketOptions()) throws(ZeroMQError) {
    precondition(options.maxParts > 0, "a message has at least one part")
    handle = try SocketHandle(context, kind, options)
    maxParts = options.maxParts
  }

  deinit { handle.close() }

  /// Listens at `tcp://ADDRESS:PORT` (`*` for any address or any free port) or `ipc://PATH`.
  /// - Returns: the endpoint as it is, with the port that was found.
  /// - Throws: `addressInUse`, for an `ipc://` path too if a living process serves it; a dead one's file is replaced.
  ///   `addressNotAvailable`, `invalidEndpoint`, `permissionDenied`, `noSuchFile`, `tooManyOpenFiles`, `terminated`.
  @discardableResult
  public func bind(_ endpoint: String) throws(ZeroMQError) -> String {
    try handle.bind(Endpoint(endpoint))
  }

  /// Begins to connect and returns; libzmq goes on trying, and connects again when the peer comes back.
  /// - Throws: `invalidEndpoint`, `terminated`. That nobody listens is no error.
  public func connect(_ endpoint: String) throws(ZeroMQError) {
    try handle.connect(Endpoint(endpoint))
  }

  /// Hands libzmq the whole message or nothing of it, without waiting and without copying its bytes. The caller keeps
  /// the message and may send it again.
  /// - Throws: `terminated`.
  public func send(_ message: Message) throws(ZeroMQError) -> SendResult {
    precondition(!message.isEmpty, "a message has at least one part")
    let last = message.count - 1
    for (index, part) in message.parts.enumerated() {
      guard var reason = offer(part, more: index < last) else { continue }
      if reason == EAGAIN && index == 0 && kind == .router {
        // libzmq looks for news from its I/O thread once a millisecond at most; there may be room by now. Other kinds
        // learn it from the poll set, which can be asked about their room and not about that of a ROUTER's one peer.
        try handle.takeNews()
        guard let second = offer(part, more: index < last) else { continue }
        reason = second
      }
      switch reason {
      case EAGAIN:
        forgetRest(of: message, after: index)
        return .wouldBlock
      case EHOSTUNREACH: return .unroutable
      default: throw ZeroMQError(code: reason, "cannot send", at: handle.place)
      }
    }
    return .sent
  }

  /// The next message, or nil when none is there; it does not wait.
  /// - Throws: `oversized` for a message of more than `maxParts` parts, which was thrown away part by part; the next
  ///   call goes on with the next message. `terminated`.
  public func receive() throws(ZeroMQError) -> Message? {
    handle.mayHaveNews = true
    guard var next = Part.receive(from: handle.pointer) else {
      if zmq_errno() == EAGAIN {
        handle.mayHaveNews = false
        return nil
      }
      throw ZeroMQError("cannot receive", at: handle.place)
    }
    var parts = [next.part]
    var count = 1
    while next.more {
      guard let following = Part.receive(from: handle.pointer) else {
        throw ZeroMQError("cannot receive", at: handle.place)
      }
      next = following
      count += 1
      if count <= maxParts { parts.append(next.part) }
    }
    guard count <= maxParts else {
      throw ZeroMQError(.oversized(parts: count, limit: maxParts), "cannot receive", at: handle.place)
    }
    return Message(parts)
  }

  /// Nil when libzmq has taken the part, else the `errno`.
  private func offer(_ part: Part, more: Bool) -> Int32? {
    handle.mayHaveNews = true
    let flags = more ? ZMQ_DONTWAIT | ZMQ_SNDMORE : ZMQ_DONTWAIT
    return offramp_send_reference(handle.pointer, part.message, flags) == 0 ? nil : zmq_errno()
  }

  /// A peer that goes in the middle of a message takes the parts so far with it, and libzmq then swallows parts up to
  /// the message's end. They have to be offered, or the next message would lose its beginning.
  private func forgetRest(of message: Message, after index: Int) {
    guard index > 0 else { return }
    for rest in message.indices.dropFirst(index + 1) {
      _ = offer(message[rest], more: rest < message.count - 1)
    }
  }
}
