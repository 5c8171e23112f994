public import EdgeModel
import Units

/// Whether a worker's loop is woken for what its engine reports, or hears of it with a later report.
///
/// Waking the loop takes the engine's thread some microseconds, and where they share a processor the engine gives it away
/// in the middle of a batch. So while another batch waits, answers go out together with those of later blocks, as far as
/// these last ran fast enough that nobody waits longer than `longest`. An engine that would be idle next holds nothing
/// back, and each batch's end is heard of at once.
public struct AnswerHold: Sendable {
  /// How long an answer waits at most if the next blocks take what they took last.
  public static let longest = Duration.milliseconds(1)

  /// What each block took when it ran last; nil before that.
  private var took: [Duration?]
  /// When the first of those who left and wait had its answer.
  private var since: Instant?

  /// For a model of so many blocks.
  public init(blocks: Int) { took = Array(repeating: nil, count: blocks) }

  /// Whether `event`, of a batch whose deepest exit is `depth`, may wait for a later one of the batch; every event has to
  /// be shown, in order.
  public mutating func canWait(_ event: BatchEvent, depth: Int, anotherBatchWaits: @autoclosure () -> Bool) -> Bool {
    guard case .blockRan(let run, let answers) = event else {
      since = nil
      return false
    }
    took[run.block - 1] = run.end - run.start
    // The end follows at once.
    if run.block == depth { return true }
    if since == nil, !answers.isEmpty { since = run.end }
    guard let since else { return true }
    if let next = took[run.block], run.end + next - since <= Self.longest, anotherBatchWaits() { return true }
    self.since = nil
    return false
  }
}
