import EdgeModel
import Inference
import Testing
import Units

@Suite struct AnswerHoldTests {
  /// A run's instants and what became of its reports.
  private struct Run {
    var hold: AnswerHold
    var now = Instant.start
    var last: [Duration?]
    init(blocks: Int) {
      hold = AnswerHold(blocks: blocks)
      last = Array(repeating: nil, count: blocks)
    }
  }
  private func block(_ number: Int, from start: Instant, to end: Instant, answers: Int) -> BatchEvent {
    let answer = TaskAnswer(task: TaskID(device: 0, number: 0), exit: number, predicted: 0, confidence: 1)
    return .blockRan(
      BlockRun(
        batch: BatchID(0), instance: 0, block: number, size: 1, start: start, end: end, expected: .zero,
        computed: end - start), answers: Array(repeating: answer, count: answers))
  }

  /// Many batches on random models whose blocks take another time each time: no answer waits longer than the bound and
  /// what one block took more than the time before; none waits for a batch behind which no other does, nor for its end.
  @Test(arguments: 0..<500 as Range<UInt64>) func noAnswerWaitsForLong(seed: UInt64) {
    var random = RandomStream(seed: seed, device: 0, purpose: "hold")
    let blocks = Int.random(in: 1...6, using: &random)
    let usual = (0..<blocks).map { _ in Int.random(in: 1...1_500_000, using: &random) }
    let isSteady = Bool.random(using: &random)
    var run = Run(blocks: blocks)
    for _ in 0..<100 {
      let depth = Int.random(in: 1...blocks, using: &random)
      var (waitsSince, overshoot) = (Instant?.none, Duration.zero)
      for number in 1...depth {
        let start = run.now
        let took = Duration.nanoseconds(isSteady ? usual[number - 1] : Int.random(in: 1...1_500_000, using: &random))
        run.now = start + took
        let answers = number == depth ? 1 : Int.random(in: 0...2, using: &random)
        let anotherWaits = Int.random(in: 0..<4, using: &random) > 0
        if let known = run.last[number - 1] { overshoot = took - known }
        if let since = waitsSince { #expect(run.now - since <= AnswerHold.longest + max(.zero, overshoot)) }
        if answers > 0, waitsSince == nil { waitsSince = run.now }
        let canWait = run.hold.canWait(
          block(number, from: start, to: run.now, answers: answers), depth: depth, anotherBatchWaits: anotherWaits)
        run.last[number - 1] = took
        if number == depth {
          #expect(canWait, "the end, which is heard of at once, follows")
        } else if waitsSince == nil {
          #expect(canWait, "nobody left")
        } else {
          if !anotherWaits { #expect(!canWait, "the engine would be idle next") }
          if run.last[number] == nil { #expect(!canWait, "nobody knows what the next block takes") }
          if !canWait { waitsSince = nil }
        }
      }
      let endWaits = run.hold.canWait(.ended(BatchID(0), instance: 0), depth: depth, anotherBatchWaits: true)
      #expect(!endWaits)
    }
  }

  /// Blocks that are fast enough: from the second batch on the loop is woken once for each; slow ones: at each exit.
  @Test(arguments: [(200_000, 1), (400_000, 2), (1_100_000, 4)]) func theLoopIsWokenAsOftenAsItMust(
    nanoseconds: Int, wakes: Int
  ) {
    var run = Run(blocks: 4)
    for batch in 0..<10 {
      var woken = 1
      for number in 1...4 {
        let start = run.now
        run.now = start + .nanoseconds(nanoseconds)
        if !run.hold.canWait(block(number, from: start, to: run.now, answers: 4), depth: 4, anotherBatchWaits: true) {
          woken += 1
        }
      }
      let endWaits = run.hold.canWait(.ended(BatchID(0), instance: 0), depth: 4, anotherBatchWaits: true)
      #expect(!endWaits)
      #expect(woken == (batch == 0 ? 4 : wakes))
    }
  }

  /// A batch that fails leaves nothing behind that the next one's answers would be held against.
  @Test func aFailureIsHeardOfAtOnce() {
    var hold = AnswerHold(blocks: 2)
    let (start, later) = (Instant.start, Instant.start + .microseconds(100))
    for _ in 0..<2 {
      _ = hold.canWait(block(1, from: start, to: later, answers: 1), depth: 2, anotherBatchWaits: true)
      let failureWaits = hold.canWait(
        .failed(BatchID(0), instance: 0, reason: "lost"), depth: 2, anotherBatchWaits: true)
      #expect(!failureWaits)
    }
    _ = hold.canWait(block(2, from: start, to: later, answers: 1), depth: 2, anotherBatchWaits: true)
    _ = hold.canWait(.ended(BatchID(0), instance: 0), depth: 2, anotherBatchWaits: true)
    let nextWaits = hold.canWait(
      block(1, from: later, to: later + .seconds(1), answers: 1), depth: 2, anotherBatchWaits: true)
    #expect(nextWaits)
  }
}
