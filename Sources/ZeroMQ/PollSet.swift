import CZeroMQ
import Glibc

/// All that one loop waits for: sockets and Linux descriptors, in one `zmq_poll`.
///
/// Built once, before the loop. Sockets and descriptors must outlive their last `wait()`; a closed socket traps there.
/// Readiness is a level: what is not drained makes the next `wait()` return at once, so a loop may take some hundreds
/// of messages and give its timers a turn.
public struct PollSet: ~Copyable {
  private struct Entry {
    let socket: SocketHandle?
    let item: Int
    /// The item of a ROUTER's activity descriptor; see `setWantsWrite`.
    let activity: Int?
    var wantsWrite = false
  }

  private var items: [zmq_pollitem_t] = []
  private var entries: [Entry] = []
  private var waitingRouters = 0

  /// While a ROUTER has output for a full peer it is tried at least this often, in milliseconds.
  static let routerRetry = 10

  public init() {}

  /// - Returns: the index by which to ask about it.
  public mutating func add(_ socket: borrowing Socket) -> Int {
    let handle = socket.handle
    items.append(zmq_pollitem_t(socket: handle.pointer, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0))
    let item = items.count - 1
    if handle.kind == .router {
      items.append(zmq_pollitem_t(socket: nil, fd: handle.activityDescriptor, events: 0, revents: 0))
    }
    entries.append(Entry(socket: handle, item: item, activity: handle.kind == .router ? item + 1 : nil))
    return entries.count - 1
  }

  public mutating func add(descriptor: Int32) -> Int {
    items.append(zmq_pollitem_t(socket: nil, fd: descriptor, events: Int16(ZMQ_POLLIN), revents: 0))
    entries.append(Entry(socket: nil, item: items.count - 1, activity: nil))
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
    if let activity = entries[index].activity {
      items[activity].events = wants ? Int16(ZMQ_POLLIN) : 0
      waitingRouters += wants ? 1 : -1
    } else {
      items[entries[index].item].events = Int16(wants ? ZMQ_POLLIN | ZMQ_POLLOUT : ZMQ_POLLIN)
    }
  }

  /// Waits until something is ready, for as long as it takes. Signals do not end it; watch a `SignalDescriptor`.
  /// - Throws: `terminated` after `Context.shutdown()`.
  public mutating func wait() throws(ZeroMQError) {
    for entry in entries { precondition(entry.socket?.isOpen != false, "a socket in the poll set was closed") }
    let timeout = waitingRouters > 0 ? Self.routerRetry : -1
    while zmq_poll(&items, Int32(items.count), timeout) < 0 {
      let reason = zmq_errno()
      guard reason == EINTR else { throw ZeroMQError(code: reason, "cannot wait", at: "poll set") }
    }
  }

  /// Whether a message, or something to read, was there when `wait()` returned. A descriptor that is broken or hung up
  /// counts as readable, so that reading it finds out.
  public func isReadable(_ index: Int) -> Bool {
    let ready = items[entries[index].item].revents
    return ready & Int16(ZMQ_POLLIN | ZMQ_POLLERR) != 0
  }

  /// Whether what was refused is worth another try.
  public func isWritable(_ index: Int) -> Bool {
    let entry = entries[index]
    guard entry.wantsWrite else { return false }
    return entry.activity != nil || items[entry.item].revents & Int16(ZMQ_POLLOUT) != 0
  }
}
