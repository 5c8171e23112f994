import DequeModule
import ZeroMQ

/// A connection to one peer that listens.
///
/// What the peer cannot take yet waits here, in order, up to `bound` messages; beyond it a message is dropped and counted
/// (`dropped`), and the trace says so at the end: a peer that far behind is broken, and the loop must not wait for it.
final class DealerLink {
  static let bound = 16_384
  private let socket: Socket
  private let index: Int
  private var queue: Deque<Message> = []
  private(set) var dropped = 0
  /// The peer is known to be gone: nothing is kept for it. What is thrown away meanwhile is not counted.
  var isMute = false { didSet { if isMute { queue.removeAll() } } }

  /// Connects to `endpoint` under `name` and joins `poll`.
  init(
    _ context: Context, to endpoint: String, name: String, maxMessageBytes: Int, poll: inout PollSet
  ) throws(ZeroMQError) {
    var options = SocketOptions()
    options.routingID = Array(name.utf8)
    options.maxMessageBytes = maxMessageBytes
    options.linger = .seconds(1)
    options.maxParts = 1
    // A worker that was started again gets features at once.
    options.reconnectMaximum = .milliseconds(100)
    socket = try Socket(context, .dealer, options)
    try socket.connect(endpoint)
    index = poll.add(socket)
  }

  func send(_ message: Message, _ poll: inout PollSet) throws(ZeroMQError) {
    if isMute { return }
    guard queue.isEmpty, try socket.send(message) == .sent else {
      if queue.count < Self.bound { queue.append(message) } else { dropped += 1 }
      poll.setWantsWrite(true, at: index)
      return
    }
  }
  /// Sends what waits, as far as the peer takes it.
  func flush(_ poll: inout PollSet) throws(ZeroMQError) {
    if queue.isEmpty { return poll.setWantsWrite(false, at: index) }
    guard poll.isWritable(index) else { return }
    while let message = queue.first {
      guard try socket.send(message) == .sent else { return }
      queue.removeFirst()
    }
    poll.setWantsWrite(false, at: index)
  }
  func isReadable(_ poll: borrowing PollSet) -> Bool { poll.isReadable(index) }
  /// The next message; a message that breaks a limit of the socket is an error to record, not to stop for.
  func receive() throws(ZeroMQError) -> Message? { try socket.receive() }
}
