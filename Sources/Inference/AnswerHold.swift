public import EdgeModel
import Units

/// Whether a worker's loop is woken for what its engine reports, or hears of it with a later report.
///
/// Waking the loop takes the engine's thread some microseconds, and where they share a processor the engine gives it away
/// in the middle of a batch. So while another batch waits, answers go out together with those of later blocks, as far as
/// these ran fast enough the last time for nobody to wait longer than `longest`. An engine that would be idle next holds
/// nothing back, and each batch's end is heard of at once.
public struct AnswerHold: Sendable {
  /// How long an answer waits at most if the next blocks take what they took last, or for more rows as much more. Where
  /// one takes longer, the answers wait for that one.
  public static let longest = Duration.milliseconds(1)

  private struct Last {
    var rows: Int
    var took: Duration
  }
  /// Each block when it ran last; nil before that.
  private var last: [Last?]
  /// When the first of those who left and wait had its answer.
  private var since: Instant?

  /// For a model of so many blocks.
  public init(blocks: Int) { last = Array(repeating: nil, count: blocks) }

  /// Whether `event`, of a batch of `plan`, may wait for a later one of the batch; every event has to be shown, in order.
  /// O(members).
  public mutating func canWait(
    _ event: BatchEvent, of plan: BatchPlan, anotherBatchWaits: @autoclosure () -> Bool
  ) -> Bool {
    guard case .blockRan(let run, let answers) = event else {
      since = nil
      return false
    }
    last[run.block - 1] = Last(rows: run.size, took: run.end - run.start)
    // The end follows at once.
    if run.block == plan.depth { return true }
    if since == nil, !answers.isEmpty { since = run.end }
    guard let since else { return true }
    let staying = run.size - answers.count
    // Who enters later may be all that the next block to run has, and that any one.
    if !plan.members.contains(where: { $0.entry > run.block }) {
      if staying == 0 { return true }
      if let next = time(of: run.block + 1, rows: staying), run.end + next - since <= Self.longest, anotherBatchWaits()
      {
        return true
      }
    }
    self.since = nil
    return false
  }

  /// By what `block` took last; nil where it has not run.
  private func time(of block: Int, rows: Int) -> Duration? {
    last[block - 1].map { rows > $0.rows ? $0.took * rows / $0.rows : $0.took }
  }
}
