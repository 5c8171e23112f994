import CZeroMQ

/// One part of a message: bytes that never change, shared by everyone who holds or sends them.
///
/// Sending does not use a part up; the same part may go to many peers, from several threads, and a received one may be
/// forwarded, all without copying. A small received part keeps the whole receive buffer (8 KB) alive that it came in:
/// copy what is to be kept for long.
public final class Part: Sendable {
  // libzmq reads and counts references through this pointer and nothing writes to it after init, so any thread may.
  nonisolated(unsafe) let message: UnsafeMutablePointer<zmq_msg_t>
  nonisolated(unsafe) private let start: UnsafeRawPointer?
  public let count: Int

  /// Takes over an initialised message.
  private init(_ message: UnsafeMutablePointer<zmq_msg_t>) {
    offramp_share(message)
    self.message = message
    count = zmq_msg_size(message)
    start = UnsafeRawPointer(zmq_msg_data(message))
  }

  /// A part of `byteCount` bytes that `fill` writes in place.
  public convenience init(byteCount: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Void) {
    let message = UnsafeMutablePointer<zmq_msg_t>.allocate(capacity: 1)
    precondition(zmq_msg_init_size(message, byteCount) == 0, "no memory for a part of \(byteCount) bytes")
    fill(UnsafeMutableRawBufferPointer(start: zmq_msg_data(message), count: byteCount))
    self.init(message)
  }

  public convenience init(copying bytes: UnsafeRawBufferPointer) {
    self.init(byteCount: bytes.count) { $0.copyMemory(from: bytes) }
  }

  public convenience init(copying bytes: [UInt8]) {
    self.init(byteCount: bytes.count) { $0.copyBytes(from: bytes) }
  }

  public convenience init(copying bytes: RawSpan) {
    self.init(byteCount: bytes.byteCount) { destination in
      bytes.withUnsafeBytes { destination.copyMemory(from: $0) }
    }
  }

  /// Sends `bytes` where they lie. `owner` is retained until the last reference to them is gone, and then released,
  /// most often by libzmq's I/O thread: its deinit must be quick and must not wait.
  /// `bytes` must stay valid and unchanged as long as `owner` lives.
  public convenience init(sharing owner: some AnyObject & Sendable, bytes: UnsafeRawBufferPointer) {
    let message = UnsafeMutablePointer<zmq_msg_t>.allocate(capacity: 1)
    let retained = Unmanaged<AnyObject>.passRetained(owner).toOpaque()
    let made = zmq_msg_init_data(
      message, UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count,
      { _, owner in Unmanaged<AnyObject>.fromOpaque(owner!).release() }, retained)
    precondition(made == 0, "no memory for a part")
    self.init(message)
  }

  /// The next part on the socket, and whether more of its message follow; nil when nothing is there.
  static func receive(from socket: UnsafeMutableRawPointer) -> (part: Part, more: Bool)? {
    let message = UnsafeMutablePointer<zmq_msg_t>.allocate(capacity: 1)
    zmq_msg_init(message)
    guard offramp_receive(socket, message) == 0 else {
      message.deallocate()
      return nil
    }
    let more = zmq_msg_more(message) != 0
    return (Part(message), more)
  }

  deinit {
    zmq_msg_close(message)
    message.deallocate()
  }

  /// The bytes must not leave `body`.
  public func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeRawBufferPointer(start: start, count: count))
  }

  /// The bytes as a span, which cannot leave `body`.
  public func withBytes<Result, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeRawBufferPointer(start: start, count: count).bytes)
  }
}
