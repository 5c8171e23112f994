import Wire
import ZeroMQ

/// The base station's clock for those on other hosts: answers each probe with its own CLOCK_MONOTONIC, from a thread of
/// its own, so that no frame's work stands between question and answer.
final class ClockServer: Sendable {
  let endpoint: String
  private let stopping: EventDescriptor
  private let thread: JoinableThread

  init(_ context: Context, at endpoint: String) throws(ZeroMQError) {
    var options = SocketOptions()
    options.maxMessageBytes = 256
    options.maxParts = 2
    let socket = Box(try Socket(context, .router, options))
    self.endpoint = try socket.value.bind(endpoint)
    let stopping = try EventDescriptor()
    self.stopping = stopping
    thread = try spawnThread(name: "clock") { Self.answer(socket, until: stopping) }
  }
  func end() {
    stopping.signal()
    thread.join()
  }

  private static func answer(_ box: Box, until stopping: EventDescriptor) {
    var poll = PollSet()
    let index = poll.add(box.value)
    let stop = poll.add(descriptor: stopping.descriptor)
    while (try? poll.wait()) != nil, !poll.isReadable(stop) {
      guard poll.isReadable(index) else { continue }
      // A message that is no probe gets no answer; a failed send is the asker's loss alone.
      guard let message = try? box.value.receive(), message.count == 2,
        let probe = message[1].withUnsafeBytes({ bytes in try? ClockProbeMessage(decoding: bytes) })
      else { continue }
      let answer = ClockProbeMessage(asked: probe.asked, answered: monotonicNow())
      _ = try? box.value.send(Message(message[0], Part(copying: answer.encoded)))
    }
  }

  /// Hands the socket to its thread, which is the only one to touch it from then on.
  private final class Box: @unchecked Sendable {
    let value: Socket
    init(_ value: consuming Socket) { self.value = value }
  }
}
