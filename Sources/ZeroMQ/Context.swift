import CZeroMQ
import Synchronization

/// libzmq's I/O threads and what its sockets share; one for a process.
///
/// Order of ending: stop the loops, let every `Socket` go, then `terminate()`. A context keeps itself alive as long as
/// it has sockets; forgetting `terminate()` costs nothing but the moment at which lingering messages are waited for.
public final class Context: Sendable {
  private enum State {
    case open(UnsafeMutableRawPointer)
    case terminated
  }

  private let state: Mutex<State>

  /// - Parameter ioThreads: threads that move bytes; one carries about a gigabyte a second.
  /// - Throws: `tooManyOpenFiles`.
  public init(ioThreads: Int = 1) throws(ZeroMQError) {
    guard let pointer = zmq_ctx_new() else { throw ZeroMQError("cannot create the context", at: "libzmq") }
    zmq_ctx_set(pointer, ZMQ_IO_THREADS, Int32(clamping: ioThreads))
    nonisolated(unsafe) let open = pointer
    state = Mutex(.open(open))
  }

  /// From now on every call on this context's sockets, on whatever thread, throws `terminated`, a waiting `PollSet`
  /// too. It does not wait and may be called from any thread, any number of times.
  public func shutdown() {
    state.withLock { state in
      if case .open(let pointer) = state { zmq_ctx_shutdown(pointer) }
    }
  }

  /// Shuts down, then waits until every socket is closed and has lingered, its endpoint free and its `ipc://` file
  /// gone. A socket that the calling thread itself keeps open would make it wait for ever. A second call does nothing.
  public func terminate() {
    shutdown()
    let pointer: UnsafeMutableRawPointer? = state.withLock { state in
      guard case .open(let open) = state else { return nil }
      state = .terminated
      nonisolated(unsafe) let last = open
      return last
    }
    guard let pointer else { return }
    while zmq_ctx_term(pointer) != 0 && zmq_errno() == offramp_interrupted {}
  }

  deinit { terminate() }

  func makeSocket(_ kind: SocketKind) throws(ZeroMQError) -> UnsafeMutableRawPointer {
    let made: (pointer: UnsafeMutableRawPointer?, code: Int32) = state.withLock { state in
      guard case .open(let pointer) = state else { return (nil, offramp_error_terminated) }
      nonisolated(unsafe) let socket = zmq_socket(pointer, kind.code)
      return (socket, zmq_errno())
    }
    guard let pointer = made.pointer else {
      throw ZeroMQError(code: made.code, "cannot create a socket", at: "\(kind)")
    }
    return pointer
  }
}
