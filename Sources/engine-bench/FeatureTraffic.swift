import EdgeModel
import Glibc
import Synchronization
import ZeroMQ

/// The features of a stream on their way over loopback to someone who throws them away, at the pace of the loop in C: what
/// the mere arrival of a worker's features costs an engine on another processor, through the caches that they share.
final class FeatureTraffic: Sendable {
  /// Batches that are under way ahead of the one that the loop is at, as `WorkerFeeder` has it.
  private static let ahead = 8

  private let context: Context
  private let begun = Atomic<Int>(0)
  private let isOver = Atomic<Bool>(false)
  /// Between two features [ns].
  private let interval: Int64

  /// Starts both ends on threads of their own, on the processors of the caller. Each batch's features, batch after batch,
  /// `interval` apart [ns].
  init(_ batches: [[any FeatureStorage]], interval: Int64) throws {
    self.interval = interval
    context = try Context()
    let sink = try Socket(context, .router)
    let endpoint = try sink.bind("tcp://127.0.0.1:*")
    let sinkBox = SocketBox(sink)
    let source = try Socket(context, .dealer)
    try source.connect(endpoint)
    let sourceBox = SocketBox(source)
    _ = try spawnThread(name: "sink") { Self.drop(sinkBox) }
    _ = try spawnThread(name: "source") { [self] in send(batches, sourceBox) }
  }

  /// The loop begins with its next batch.
  func begin() { begun.wrappingAdd(1, ordering: .relaxed) }
  func stop() {
    isOver.store(true, ordering: .relaxed)
    context.shutdown()
  }

  private static func drop(_ box: SocketBox) {
    guard let socket = box.take() else { return }
    var poll = PollSet()
    _ = poll.add(socket)
    // Until the context is shut down.
    while (try? poll.wait()) != nil { while (try? socket.receive()) ?? nil != nil {} }
  }

  private func send(_ batches: [[any FeatureStorage]], _ box: SocketBox) {
    guard let socket = box.take() else { return }
    let head = Part(copying: [UInt8](repeating: 0, count: 48))
    let messages = batches.map { features in
      features.map { feature in Message(head, feature.withFeatureBytes { Part(sharing: feature, bytes: $0) }) }
    }
    var pace = FeaturePace(interval: interval)
    var sent = 0
    while !isOver.load(ordering: .relaxed) {
      let isIdle = begun.load(ordering: .relaxed) == 0
      guard !isIdle, sent < begun.load(ordering: .relaxed) + Self.ahead else {
        pace.rest()
        usleep(100)
        continue
      }
      for message in messages[sent % messages.count] {
        while !pace.isDue(at: monotonicNow()) { sleep(until: pace.due) }
        while (try? socket.send(message)) == .wouldBlock { usleep(100) }
      }
      sent += 1
    }
  }
}

private func sleep(until nanoseconds: Int64) {
  var instant = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &instant, nil)
}

/// Hands a socket to the thread that owns it from then on; that hand-over is what makes the unchecked `Sendable` true.
private final class SocketBox: @unchecked Sendable {
  private var socket: Socket?
  init(_ socket: consuming Socket) { self.socket = consume socket }
  func take() -> Socket? { socket.take() }
}
