import DequeModule
import Glibc
import Synchronization
import ZeroMQ

/// Work for one thread. Bounded: `add` says no at the bound, and the caller decides what that means.
final class JobQueue<Job: Sendable>: Sendable {
  private struct State {
    var jobs: Deque<Job> = []
    var isClosed = false
  }
  private let bound: Int
  private let state = Mutex(State())
  /// `state.jobs.count`, stored with the lock held, for a look without it. Who takes jobs sees its own takes; of another
  /// thread's job it may hear late, and nothing but a wake-up is decided by that.
  private let count = Atomic(0)
  private let event: EventDescriptor

  init(bound: Int) throws(ZeroMQError) {
    self.bound = bound
    event = try EventDescriptor()
  }

  /// False, and nothing added, when full or closed.
  func add(_ job: Job) -> Bool {
    let isIn = state.withLock { state in
      guard !state.isClosed, state.jobs.count < bound else { return false }
      state.jobs.append(job)
      count.store(state.jobs.count, ordering: .relaxed)
      return true
    }
    if isIn { event.signal() }
    return isIn
  }

  /// The next job; waits for one, and is nil once the queue is closed, jobs left in it or not.
  func next() -> Job? {
    while true {
      let (job, isClosed) = state.withLock { state in (state.isClosed ? nil : take(&state), state.isClosed) }
      if let job { return job }
      if isClosed { return nil }
      waitUntilReadable(event.descriptor)
      _ = event.acknowledge()
    }
  }

  /// The newest job, and none of those before it, whose askers no longer wait; else as `next()`.
  func newest() -> Job? {
    guard var job = next() else { return nil }
    while let later = state.withLock({ take(&$0) }) { job = later }
    return job
  }

  private func take(_ state: inout State) -> Job? {
    let job = state.jobs.popFirst()
    count.store(state.jobs.count, ordering: .relaxed)
    return job
  }

  /// Readable when `hasNews` may have become true.
  var descriptor: Int32 { event.descriptor }
  /// Whether a job waits or the queue is closed; for a thread that waits for something else as well.
  var hasNews: Bool {
    _ = event.acknowledge()
    return state.withLock { $0.isClosed || !$0.jobs.isEmpty }
  }

  /// Whether a job waits, for the thread that takes them.
  var hasJob: Bool { count.load(ordering: .relaxed) > 0 }

  func close() {
    state.withLock { $0.isClosed = true }
    event.signal()
  }
}

/// Blocks this thread, without a period, until `descriptor` has something to read.
func waitUntilReadable(_ descriptor: Int32) {
  var item = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
  while poll(&item, 1, -1) < 0 && errno == EINTR {}
}
