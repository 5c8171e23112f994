import Allocation
import PlainJSON
import Synchronization
import ZeroMQ

/// A user's scheduler, on a thread of the test's: a REP socket, and what it says to each request.
final class SchedulerStandIn: Sendable {
  private let context: Context
  private let thread: JoinableThread
  private let bound: Bound

  private final class Bound: Sendable {
    let endpoint = Mutex<String?>(nil)
  }

  /// - Parameter reply: to the request of this number, from 0; nil to hang from here on.
  init(
    at endpoint: String = "tcp://127.0.0.1:*",
    reply: @escaping @Sendable (_ request: [UInt8], _ number: Int) -> Message?
  ) throws {
    let (context, bound) = (try Context(), Bound())
    thread = try spawnThread(name: "scheduler") {
      // That it ends by an error is how it is ended.
      do throws(ZeroMQError) {
        let socket = try Socket(context, .rep)
        let place = try socket.bind(endpoint)
        bound.endpoint.withLock { $0 = place }
        try Self.serve(socket, reply)
      } catch {}
    }
    self.context = context
    self.bound = bound
  }
  deinit { end() }

  /// Where it listens, once it does.
  func endpoint() async throws -> String? {
    _ = try await eventually(within: 10) { bound.endpoint.withLock { $0 != nil } }
    return bound.endpoint.withLock { $0 }
  }

  /// As if its process had ended: the port is free when this returns.
  func end() {
    context.shutdown()
    thread.join()
    context.terminate()
  }

  private static func serve(
    _ socket: borrowing Socket, _ reply: (_ request: [UInt8], _ number: Int) -> Message?
  ) throws(ZeroMQError) {
    var poll = PollSet()
    _ = poll.add(socket)
    var number = 0
    while true {
      try poll.wait()
      guard let request = try socket.receive() else { continue }
      // A REP that does not answer hears nothing more, and the wait lasts until the context ends.
      if let answer = reply(request[0].withUnsafeBytes { Array($0) }, number) { _ = try socket.send(answer) }
      number += 1
    }
  }

  /// What one of our own policies allocates, in the words of the contract.
  static func goodAnswer(to request: [UInt8]) -> Message {
    guard let frame = try? AllocationInstances(utf8: request).instances.first?.frame else {
      return [Part(copying: Array("not understood".utf8))]
    }
    let allocation = ExitAwareShelfPacking().allocate(frame, budget: .unlimited)
    return [Part(copying: AllocationAnswer(allocation, to: frame, solveTime: .zero).json.utf8Line)]
  }
}
