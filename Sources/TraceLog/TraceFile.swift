public import EdgeModel
import Glibc
import Synchronization

/// Writes one node's trace from a thread of its own, so that no loop ever waits for a disk.
///
/// Records wait in a bounded buffer. At the bound (a disk that stands still for a long time) new records are dropped
/// but keep their place in the sequence: the gap shows in the file, and the audit calls the run INVALID. A record is in
/// the file at most 100 ms after `append`.
public final class TraceFile: Sendable {
  /// Records that may wait for the disk.
  public static let bound = 1 << 16
  /// How long the writer gathers before it writes [µs].
  private static let gathering: UInt32 = 50_000

  public struct Failure: Error, Sendable, CustomStringConvertible {
    public var description: String
  }
  private struct Entry {
    var sequence: Int
    var instant: Instant
    var record: TraceRecord
  }
  private struct State {
    var waiting: [Entry] = []
    var nextSequence = 0
    var isClosing = false
    var failure: String?
  }

  public let path: String
  private let descriptor: Int32
  private let state = Mutex(State())
  private let wake = WakeUp()
  private let thread = Mutex<pthread_t?>(nil)

  /// Creates `path`, which must not exist, and starts the writer.
  public init(path: String) throws(Failure) {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw Failure(description: "cannot create the trace, \(path): \(Self.reason(errno)); choose another directory")
    }
    start()
  }
  deinit { _ = Glibc.close(descriptor) }

  /// Stamps `record` and queues it; O(1), never blocks on the disk.
  public func append(_ record: TraceRecord, at instant: Instant) {
    let isFirst = state.withLock { state in
      let sequence = state.nextSequence
      state.nextSequence += 1
      guard state.waiting.count < Self.bound, state.failure == nil else { return false }
      state.waiting.append(Entry(sequence: sequence, instant: instant, record: record))
      return state.waiting.count == 1
    }
    if isFirst { wake.signal() }
  }

  /// Writes the footer and all that waits, and ends the writer. Throws what the disk said, if it ever refused.
  public func close(at instant: Instant) throws(Failure) {
    let records = state.withLock { $0.nextSequence }
    append(.traceClosed(records: records), at: instant)
    try end()
  }

  /// Writes all that waits and ends the writer, without a footer.
  public func end() throws(Failure) {
    state.withLock { $0.isClosing = true }
    wake.signal()
    if let thread = thread.withLock({ $0.take() }) { pthread_join(thread, nil) }
    if let failure = state.withLock({ $0.failure }) {
      throw Failure(description: "the trace is incomplete, \(path): \(failure); free some space and run again")
    }
  }

  private func start() {
    var handle = pthread_t()
    let unmanaged = Unmanaged.passRetained(self)
    pthread_create(
      &handle, nil,
      { raw in
        Unmanaged<TraceFile>.fromOpaque(raw!).takeRetainedValue().writeUntilClosed()
        return nil
      }, unmanaged.toOpaque())
    thread.withLock { $0 = handle }
  }

  private func writeUntilClosed() {
    var encoder = TraceEncoder()
    while true {
      wake.wait()
      if !state.withLock({ $0.isClosing }) { usleep(Self.gathering) }
      let (entries, isClosing) = state.withLock { state in
        let taken = (state.waiting, state.isClosing)
        state.waiting = []
        return taken
      }
      var bytes: [UInt8] = []
      for entry in entries {
        bytes += encoder.encode(entry.record, sequence: entry.sequence, at: entry.instant)
      }
      write(bytes)
      if isClosing { return }
    }
  }

  private func write(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        let reason = Self.reason(errno)
        state.withLock { $0.failure = $0.failure ?? reason }
        return
      }
      rest = rest.dropFirst(count)
    }
  }

  private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}
