import EdgeModel

/// What planned faults do to the messages of one direction of one link: some are lost, some take longer.
///
/// A message counts by the instant at which it is sent. Each direction of each link draws from a stream of its own, one
/// number for each message sent while there is a loss, so that adding a node changes no other's luck.
struct LinkFaults {
  private struct Window {
    var from: Instant
    var end: Instant
    var share = 0.0
    var delay = Duration.zero
    func contains(_ instant: Instant) -> Bool { from <= instant && instant < end }
  }
  private var losses: [Window] = []
  private var delays: [Window] = []
  private var stream: RandomStream

  /// nil where nothing happens to `link`.
  init?(_ faults: [PlannedFault], on link: PlannedFault.Link, stream: RandomStream) {
    self.stream = stream
    for fault in faults.sorted(by: { $0.at < $1.at }) {
      switch fault.kind {
      case .loss(link, let share):
        Self.add(Window(from: fault.at, end: .distantFuture, share: share), lasting: fault.duration, to: &losses)
      case .delay(link, let time):
        Self.add(Window(from: fault.at, end: .distantFuture, delay: time), lasting: fault.duration, to: &delays)
      default: break
      }
    }
    if losses.isEmpty && delays.isEmpty { return nil }
  }
  /// One without an end lasts until the next.
  private static func add(_ window: Window, lasting duration: Duration?, to windows: inout [Window]) {
    if let last = windows.indices.last { windows[last].end = min(windows[last].end, window.from) }
    var window = window
    if let duration { window.end = window.from + duration }
    windows.append(window)
  }

  /// What is added to the way of a message sent now; nil: it is lost.
  mutating func delay(ofMessageSent now: Instant) -> Duration? {
    if let loss = losses.first(where: { $0.contains(now) }), stream.uniform() < loss.share { return nil }
    return addition(at: now)
  }
  /// The same for what cannot be lost.
  func addition(at now: Instant) -> Duration { delays.first { $0.contains(now) }?.delay ?? .zero }
}
