import EdgeModel
import Inference
import Units

/// When a worker's loop looks by itself for what its engine reports, so that the engine's thread need not wake it: often
/// enough that no answer waits longer than `longest`, and that the engine has its next batch in time.
///
/// Only while another batch waits for the engine. One that would be idle next wakes the loop.
struct EngineWatch {
  /// As long as an answer may wait, and as seldom as the loop looks.
  static let longest = AnswerHold.longest
  /// Looking more often would take the loop more than being woken takes the engine.
  static let shortest = Duration.microseconds(250)

  /// Batches handed to the engine that have not been heard to end.
  private var batches = 0
  private var began: Instant?
  private var ran = Instant.start
  /// Between two looks.
  private var interval = Self.shortest
  private var promised = Instant.distantFuture

  /// Whether the engine has something to report, or will have.
  var isLoaded: Bool { batches > 0 }

  mutating func handOver() { batches += 1 }

  /// What came from the engine, in order.
  mutating func hear(_ event: BatchEvent) {
    switch event {
    case .modelLoaded: break
    case .blockRan(let run, _):
      if began == nil { began = run.start }
      ran = run.end
    case .ended, .failed:
      batches -= 1
      if let began { interval = max(Self.shortest, min((ran - began) / 2, Self.longest)) }
      began = nil
    }
  }

  /// When the loop looks next, told or not, if it sleeps at `now`: what was promised stays until it has come.
  mutating func look(after now: Instant) -> Instant {
    guard batches > 1 else {
      promised = .distantFuture
      return promised
    }
    if promised <= now || promised > now + interval { promised = now + interval }
    return promised
  }
}
