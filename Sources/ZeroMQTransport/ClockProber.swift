import EdgeModel
import Wire
import ZeroMQ

/// Asks the base station's clock what time it is. Used only where the clock is not shared.
final class ClockProber {
  /// How often, during the run [ns].
  static let interval: Int64 = 150_000_000
  /// Probes before the start; the fastest gives the start's offset.
  static let rehearsal = 24

  private let link: DealerLink
  private var nextProbe: Int64
  /// own − base station's [ns], of the fastest exchange so far.
  private(set) var offset: Int64 = 0
  private var fastest = Int64.max

  init(_ context: Context, to endpoint: String, name: String, poll: inout PollSet) throws(ZeroMQError) {
    link = try DealerLink(context, to: endpoint, name: "\(name)-clock", maxMessageBytes: 256, poll: &poll)
    nextProbe = monotonicNow()
  }

  var due: Int64 { nextProbe }
  func probe(_ poll: inout PollSet, every interval: Int64 = interval) throws(ZeroMQError) {
    let now = monotonicNow()
    nextProbe = now + interval
    try link.send(Message(Part(copying: ClockProbeMessage(asked: now).encoded)), &poll)
  }
  /// Sends what could not be sent before the connection was there.
  func flush(_ poll: inout PollSet) throws(ZeroMQError) { try link.flush(&poll) }
  /// The exchanges that came back: asked and received on this host, answered on the base station's [ns].
  func receive(_ poll: borrowing PollSet) throws(ZeroMQError) -> [(asked: Int64, answered: Int64, received: Int64)] {
    guard link.isReadable(poll) else { return [] }
    var exchanges: [(Int64, Int64, Int64)] = []
    while let message = try link.receive() {
      let received = monotonicNow()
      guard let probe = message[0].withUnsafeBytes({ bytes in try? ClockProbeMessage(decoding: bytes) }),
        probe.asked <= received
      else { continue }
      if received - probe.asked < fastest {
        fastest = received - probe.asked
        offset = probe.asked + fastest / 2 - probe.answered
      }
      exchanges.append((probe.asked, probe.answered, received))
    }
    return exchanges
  }
}
