import EdgeModel
import Nodes
import TraceLog
import Units

extension Node {
  /// What one event causes.
  mutating func hear(_ event: Event<Self>, at now: Instant) -> Effects<Self> {
    var effects = Effects<Self>()
    handle(event, at: now, &effects)
    return effects
  }
  mutating func hear(_ message: Inbound, at now: Instant) -> Effects<Self> { hear(.received(message), at: now) }
}

extension Instant {
  static func milliseconds(_ count: Int) -> Instant { .start + .milliseconds(count) }
}

extension Effects {
  /// Reasons of the messages that were rejected.
  var rejections: [String] {
    records.compactMap { record in
      if case .messageRejected(_, let reason) = record { reason } else { nil }
    }
  }
  /// Only a message was rejected; nothing else came of it.
  var isOnlyRejection: Bool { records.count == 1 && rejections.count == 1 && outbound.isEmpty && timers.isEmpty }
  /// Tasks that ended, and how.
  var ends: [TaskID: Outcome] {
    var ends: [TaskID: Outcome] = [:]
    for case .taskEnded(let task, let ending) in records { ends[task] = ending.outcome }
    return ends
  }
}
