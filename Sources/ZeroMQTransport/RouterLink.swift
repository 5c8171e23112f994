import DequeModule
import ZeroMQ

/// The name under which a peer connected.
typealias PeerName = [UInt8]

/// A socket that listens for many peers and knows them by name.
///
/// As with `DealerLink`, what a peer cannot take yet waits in order, up to a bound for each peer. What is sent to a peer
/// that has gone is dropped: its tasks' ends are recorded where they are noticed.
final class RouterLink {
  static let bound = 16_384
  let endpoint: String
  private let socket: Socket
  private let index: Int
  private var queues: [PeerName: Deque<Message>] = [:]
  private(set) var dropped = 0
  private var lastSender: PeerName = []

  /// Listens at `endpoint`; `maxParts` without the peer's name.
  init(
    _ context: Context, at endpoint: String, maxMessageBytes: Int, maxParts: Int = 1, poll: inout PollSet
  ) throws(ZeroMQError) {
    var options = SocketOptions()
    options.maxMessageBytes = maxMessageBytes
    options.maxParts = maxParts + 1
    options.linger = .seconds(1)
    socket = try Socket(context, .router, options)
    self.endpoint = try socket.bind(endpoint)
    index = poll.add(socket)
  }

  func send(_ part: Part, to peer: PeerName, _ poll: inout PollSet) throws(ZeroMQError) {
    let message = Message(Part(copying: peer), part)
    guard queues[peer] == nil else { return enqueue(message, for: peer) }
    if try socket.send(message) == .wouldBlock {
      enqueue(message, for: peer)
      poll.setWantsWrite(true, at: index)
    }
  }
  private func enqueue(_ message: Message, for peer: PeerName) {
    if queues[peer, default: []].count < Self.bound { queues[peer, default: []].append(message) } else { dropped += 1 }
  }
  /// Throws away what waits for `peer`.
  func discard(_ peer: PeerName) { queues[peer] = nil }
  func flush(_ poll: inout PollSet) throws(ZeroMQError) {
    if queues.isEmpty { return poll.setWantsWrite(false, at: index) }
    guard poll.isWritable(index) else { return }
    for peer in queues.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      while let message = queues[peer]?.first {
        if try socket.send(message) == .wouldBlock { break }
        queues[peer]?.removeFirst()
      }
      if queues[peer]?.isEmpty == true { queues[peer] = nil }
    }
    if queues.isEmpty { poll.setWantsWrite(false, at: index) }
  }
  func isReadable(_ poll: borrowing PollSet) -> Bool { poll.isReadable(index) }
  func receive() throws(ZeroMQError) -> (peer: PeerName, parts: [Part])? {
    guard var parts = try socket.receive()?.parts, !parts.isEmpty else { return nil }
    let first = parts.removeFirst()
    // Most often the sender is the last one again.
    let isLast = first.withUnsafeBytes { $0.elementsEqual(lastSender) }
    if !isLast { lastSender = first.withUnsafeBytes { Array($0) } }
    return (lastSender, parts)
  }
}
