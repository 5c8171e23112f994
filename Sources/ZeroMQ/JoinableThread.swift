import CZeroMQ
import Glibc
import Synchronization

/// A thread that someone waits for. If nobody does, it runs on by itself and leaves nothing behind.
public final class JoinableThread: Sendable {
  private let thread: pthread_t
  private let isJoined = Mutex(false)

  fileprivate init(_ thread: pthread_t) { self.thread = thread }

  /// Waits until its body has returned. A second call returns at once, or after the first.
  public func join() {
    isJoined.withLock { joined in
      guard !joined else { return }
      pthread_join(thread, nil)
      joined = true
    }
  }

  deinit {
    isJoined.withLock { joined in
      if !joined { pthread_detach(thread) }
    }
  }
}

/// Runs `body` on a thread of its own.
/// - Parameter name: what `top -H` shows, at most 15 bytes of it.
/// - Throws: `other` when the machine has no threads left.
public func spawnThread(
  name: String, _ body: @escaping @Sendable () -> Void
) throws(ZeroMQError) -> JoinableThread {
  let start = Unmanaged.passRetained(ThreadStart(name, body))
  var thread = pthread_t()
  let code = pthread_create(
    &thread, nil,
    { argument in
      let start = Unmanaged<ThreadStart>.fromOpaque(argument!).takeRetainedValue()
      nameThread(start.name)
      start.body()
      return nil
    }, start.toOpaque())
  guard code == 0 else {
    start.release()
    throw ZeroMQError(code: code, "cannot start a thread", at: name)
  }
  return JoinableThread(thread)
}

/// Names the calling thread for `top -H` and debuggers; Linux keeps 15 bytes. On the main thread it is what `ps` shows.
public func nameThread(_ name: String) { offramp_name_thread(name) }

private final class ThreadStart: Sendable {
  let name: String
  let body: @Sendable () -> Void

  init(_ name: String, _ body: @escaping @Sendable () -> Void) {
    self.name = name
    self.body = body
  }
}
