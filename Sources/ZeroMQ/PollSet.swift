import CZeroMQ
import Glibc

/// All that one loop waits for: sockets and Linux descriptors, in one `poll`.
///
/// Built once, before the loop. Sockets and descriptors must outlive their last `wait()`; a closed socket traps there.
/// Readiness is a level: what is not drained makes the next `wait()` return at once, so a loop may take some hundreds
/// of messages and give its timers a turn.
///
/// libzmq's descriptor of a socket tells of news only once, and any call on the socket may take it: so a socket that was
/// used since it was last found empty is asked first (`SocketHandle.mayHaveNews`). `zmq_poll` asks every socket twice for
/// each wait, which are ten system calls more on a node of three sockets.
public struct PollSet: ~Copyable {
  private struct Entry {
    let socket: SocketHandle?
    var wantsWrite = false
    var isReadable = false
    var isWritable = false
  }

  /// Of the entries, in their order.
  private var descriptors: [pollfd] = []
  private var entries: [Entry] = []
  private var waitingRouters = 0

  /// While a ROUTER has output for a full peer it is tried at least this often, in milliseconds.
  static let routerRetry: Int32 = 10

  public init() {}

  /// - Returns: the index by which to ask about it.
  public mutating func add(_ socket: borrowing Socket) -> Int {
    add(Entry(socket: socket.handle), socket.handle.activityDescriptor)
  }
  public mutating func add(descriptor: Int32) -> Int { add(Entry(socket: nil), descriptor) }
  private mutating func add(_ entry: Entry, _ descriptor: Int32) -> Int {
    descriptors.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
    entries.append(entry)
    return entries.count - 1
  }

  /// Whether `wait()` also returns when sending may succeed again. Switch it on for a socket while `.wouldBlock`
  /// leaves output queued, and off when the queue is empty: a socket with room makes `wait()` return at once.
  ///
  /// A ROUTER cannot be asked about one peer: libzmq calls it writable as soon as any peer has room, which would make
  /// a loop spin. Here it is writable whenever libzmq has news of it, and every 10 ms, since a call between the refusal
  /// and the wait may have taken the news. Try every queue then.
  public mutating func setWantsWrite(_ wants: Bool, at index: Int) {
    guard entries[index].wantsWrite != wants else { return }
    entries[index].wantsWrite = wants
    if entries[index].socket?.kind == .router { waitingRouters += wants ? 1 : -1 }
  }

  /// Waits until something is ready, for as long as it takes. Signals do not end it; watch a `SignalDescriptor`.
  /// - Throws: `terminated` after `Context.shutdown()`.
  public mutating func wait() throws(ZeroMQError) {
    var isReady = false
    for index in entries.indices {
      entries[index].isReadable = false
      entries[index].isWritable = false
      guard let socket = entries[index].socket else { continue }
      precondition(socket.isOpen, "a socket in the poll set was closed")
      if socket.mayHaveNews || entries[index].wantsWrite, try ask(socket, at: index) { isReady = true }
    }
    repeat {
      let timeout = isReady ? 0 : waitingRouters > 0 ? Self.routerRetry : -1
      let count = poll(&descriptors, nfds_t(descriptors.count), timeout)
      if count < 0 {
        guard errno == EINTR else { throw ZeroMQError(code: errno, "cannot wait", at: "poll set") }
        continue
      }
      if count == 0 { return }
      for index in descriptors.indices where descriptors[index].revents != 0 {
        if try hasCome(at: index) { isReady = true }
      }
    } while !isReady
  }

  /// What its descriptor says is there; whether a loop has something to do about it.
  private mutating func hasCome(at index: Int) throws(ZeroMQError) -> Bool {
    guard let socket = entries[index].socket else {
      entries[index].isReadable = true
      return true
    }
    let isReady = try ask(socket, at: index)
    return isReady || entries[index].wantsWrite && socket.kind == .router
  }

  private mutating func ask(_ socket: SocketHandle, at index: Int) throws(ZeroMQError) -> Bool {
    let (canRead, canWrite) = try socket.takeNews()
    entries[index].isReadable = canRead
    entries[index].isWritable = canWrite
    return canRead || canWrite && entries[index].wantsWrite && socket.kind != .router
  }

  /// Whether a message, or something to read, was there when `wait()` returned. A descriptor that is broken or hung up
  /// counts as readable, so that reading it finds out.
  public func isReadable(_ index: Int) -> Bool { entries[index].isReadable }

  /// Whether what was refused is worth another try.
  public func isWritable(_ index: Int) -> Bool {
    let entry = entries[index]
    return entry.wantsWrite && (entry.isWritable || entry.socket?.kind == .router)
  }
}
