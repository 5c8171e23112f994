public import EdgeModel
import Units

/// How long what an engine reports may lie before the worker's loop sees it.
///
/// Waking the loop takes the engine's thread 6 to 15 µs, and where they share a processor the engine gives it away in the
/// middle of a batch. So each report says by when it is to be seen, and when the engine reports again; who passes it on
/// wakes the loop only where neither that nor a look that the loop takes by itself comes in time.
public struct AnswerHold: Sendable {
  /// How long an answer waits at most for a look of the loop's own, or for the next report if the next block takes what it
  /// took last, and for more rows as much more. Where that takes longer, the answer waits for it.
  public static let longest = Duration.milliseconds(1)

  private struct Last {
    var rows: Int
    /// [ns]; a `Duration`'s product is one of 128 bits.
    var took: Int64
  }
  /// Each block when it ran last; nil before that.
  private var last: [Last?]
  /// When the batch's first block began, and its last so far ended.
  private var began: Instant?
  private var ran = Instant.start
  /// Of that batch's plan, which is not looked into behind each block: its members fill cache line after cache line.
  private var (depth, lastEntry) = (0, 0)

  /// For a model of so many blocks.
  public init(blocks: Int) { last = Array(repeating: nil, count: blocks) }

  /// What holds for `event`, of a batch of `plan`; every event has to be shown, in order, and with the plan
  /// that its batch's first had. O(members) at a batch's first block, else O(1).
  ///
  /// Nobody waits for a block that nobody left at. An engine that would be idle next promises no later report, and a
  /// batch's end is heard of at once then; else it waits for half of what the batch took at most: the batch after it
  /// should take about as long, and the loop has to have found the engine another one by then.
  public mutating func timing(
    of event: BatchEvent, of plan: BatchPlan, anotherBatchWaits: @autoclosure () -> Bool
  ) -> ReportTiming {
    switch event {
    case .modelLoaded, .failed:
      began = nil
      return .atOnce
    case .ended:
      guard let began, anotherBatchWaits() else {
        self.began = nil
        return .atOnce
      }
      self.began = nil
      let half = (ran.nanoseconds - began.nanoseconds) / 2
      return ReportTiming(
        due: min(Instant(nanoseconds: ran.nanoseconds + half), ran + Self.longest), next: .distantFuture)
    case .blockRan(let run, let answers):
      last[run.block - 1] = Last(rows: run.size, took: run.end.nanoseconds - run.start.nanoseconds)
      if began == nil {
        began = run.start
        depth = plan.depth
        lastEntry = plan.members.reduce(0) { max($0, $1.entry) }
      }
      ran = run.end
      return ReportTiming(
        due: answers.isEmpty ? .distantFuture : run.end + Self.longest,
        next: next(after: run, staying: run.size - answers.count, anotherBatchWaits()))
    }
  }

  /// When the engine reports again, as far as that can be known; `.distantFuture` where it cannot.
  private func next(
    after run: BlockRun, staying: Int, _ anotherBatchWaits: @autoclosure () -> Bool
  ) -> Instant {
    // The end follows at once.
    if run.block == depth { return .atOnce }
    // Who enters later may be all that the next block to run has, and that any one.
    if lastEntry > run.block { return .distantFuture }
    if staying == 0 { return .atOnce }
    guard let last = last[run.block], anotherBatchWaits() else { return .distantFuture }
    let took = staying > last.rows ? last.took * Int64(staying) / Int64(last.rows) : last.took
    return Instant(nanoseconds: run.end.nanoseconds + took)
  }
}

extension Instant {
  /// Before all others.
  fileprivate static let atOnce = Instant(nanoseconds: .min)
}
