import EdgeModel
import Inference
import Testing
import Units

@Suite struct AnswerHoldTests {
  private func member(_ number: Int, entry: Int = 1, exit: Int) -> BatchPlan.Member {
    BatchPlan.Member(
      task: TaskID(device: 0, number: number), entry: entry, exit: exit, featureBytes: 0, uploadEnd: .start,
      completion: .start)
  }
  private func plan(_ members: [BatchPlan.Member]) -> BatchPlan {
    BatchPlan(id: 0, frame: 0, worker: 0, start: .start, members: members)
  }
  private func block(_ number: Int, size: Int, from start: Instant, to end: Instant, answers: Int) -> BatchEvent {
    let answer = TaskAnswer(task: TaskID(device: 0, number: 0), exit: number, predicted: 0, confidence: 1)
    return .blockRan(
      BlockRun(
        batch: 0, instance: 0, block: number, size: size, start: start, end: end, expected: .zero, computed: .zero),
      answers: Array(repeating: answer, count: answers))
  }
  private let end = BatchEvent.ended(0, instance: 0)

  /// What the mailbox makes of it, as long as nobody takes anything out unless woken.
  private struct Loop {
    private var due = Instant.distantFuture
    /// Whether the loop is woken; else it waits.
    mutating func isWoken(_ timing: ReportTiming, look: Instant = .distantFuture) -> Bool {
      due = min(due, timing.due)
      guard due < min(timing.next, look) else { return false }
      due = .distantFuture
      return true
    }
  }

  /// Many batches on random models, of any sizes, entered anywhere, whose blocks take as long as they like, for a loop that
  /// looks when it is woken: no answer waits longer than the bound and what one block took more than it took last, row for
  /// row; none waits where no other batch does, where members are still to enter, or for its batch's end.
  @Test(arguments: 0..<500 as Range<UInt64>) func noAnswerWaitsForLong(seed: UInt64) {
    var random = RandomStream(seed: seed, device: 0, purpose: "hold")
    let blocks = Int.random(in: 1...6, using: &random)
    let isFast = Bool.random(using: &random)
    let perRow = (0..<blocks).map { _ in Int.random(in: 1...(isFast ? 10_000 : 100_000), using: &random) }
    let isSteady = Bool.random(using: &random)
    var hold = AnswerHold(blocks: blocks)
    var last: [(rows: Int, took: Duration)?] = Array(repeating: nil, count: blocks)
    var (now, held, loop) = (Instant.start, 0, Loop())
    for _ in 0..<100 {
      let grows = Int.random(in: 0..<4, using: &random) == 0
      let members = (0..<Int.random(in: 1...16, using: &random)).map { number in
        let entry = grows ? Int.random(in: 1...blocks, using: &random) : 1
        return member(number, entry: entry, exit: Int.random(in: entry...blocks, using: &random))
      }
      let plan = plan(members)
      var waitsSince: Instant?
      for number in 1...plan.depth {
        let rows = members.count { $0.entry <= number && $0.exit >= number }
        if rows == 0 { continue }
        let start = now
        let took = Duration.nanoseconds(
          isSteady ? perRow[number - 1] * rows : Int.random(in: 1...1_500_000, using: &random))
        now = start + took
        if let since = waitsSince, let known = last[number - 1] {
          let foreseen = rows > known.rows ? known.took * rows / known.rows : known.took
          #expect(now - since <= AnswerHold.longest + max(.zero, took - foreseen))
        }
        let answers = members.count { $0.entry <= number && $0.exit == number }
        if answers > 0, waitsSince == nil { waitsSince = now }
        let anotherWaits = Int.random(in: 0..<4, using: &random) > 0
        let timing = hold.timing(
          of: block(number, size: rows, from: start, to: now, answers: answers), of: plan,
          anotherBatchWaits: anotherWaits)
        #expect(timing.due == (answers == 0 ? .distantFuture : now + AnswerHold.longest))
        let canWait = !loop.isWoken(timing)
        last[number - 1] = (rows, took)
        let isLast = number == plan.depth
        if isLast || waitsSince == nil {
          #expect(canWait, "nobody left, or the end follows at once")
        } else {
          let isOpen = members.contains { $0.entry > number }
          if !anotherWaits || isOpen || last[number] == nil { #expect(!canWait, "nobody knows what to wait for") }
          if canWait { held += 1 } else { waitsSince = nil }
        }
      }
      let timing = hold.timing(of: end, of: plan, anotherBatchWaits: true)
      #expect(timing.due <= now + AnswerHold.longest && timing.next == .distantFuture)
      let endWakes = loop.isWoken(timing)
      #expect(endWakes)
    }
    if isSteady, isFast, blocks > 2 { #expect(held > 0, "blocks of at most 0.16 ms are worth waiting for") }
  }

  /// Blocks that are fast enough: from the second batch on the loop is woken once for each; slow ones: at each exit.
  @Test(arguments: [(200_000, 1), (400_000, 2), (1_100_000, 4)]) func theLoopIsWokenAsOftenAsItMust(
    nanoseconds: Int, wakes: Int
  ) {
    let plan = plan((0..<16).map { member($0, exit: 4 - $0 / 4) })
    var (hold, now, loop) = (AnswerHold(blocks: 4), Instant.start, Loop())
    for batch in 0..<10 {
      var woken = 0
      for number in 1...4 {
        let start = now
        now = start + .nanoseconds(nanoseconds)
        let ran = block(number, size: 20 - 4 * number, from: start, to: now, answers: 4)
        if loop.isWoken(hold.timing(of: ran, of: plan, anotherBatchWaits: true)) { woken += 1 }
      }
      if loop.isWoken(hold.timing(of: end, of: plan, anotherBatchWaits: true)) { woken += 1 }
      #expect(woken == (batch == 0 ? 4 : wakes))
    }
  }

  /// A loop that looks by itself, in time for the answers and for the engine's next batch, is not woken at all: not for a
  /// block, and for an end where it looks before the engine is through with half of the batch that waits for it. Where none
  /// waits it is woken for the end.
  @Test(arguments: 0..<200 as Range<UInt64>) func aLoopThatLooksIsNotWoken(seed: UInt64) {
    var random = RandomStream(seed: seed, device: 0, purpose: "look")
    let plan = plan((0..<16).map { member($0, exit: 4 - $0 / 4) })
    var (hold, now) = (AnswerHold(blocks: 4), Instant.start)
    for _ in 0..<50 {
      let began = now
      for number in 1...4 {
        let start = now
        now = start + .microseconds(Int.random(in: 1...2000, using: &random))
        let ran = block(number, size: 20 - 4 * number, from: start, to: now, answers: 4)
        let timing = hold.timing(of: ran, of: plan, anotherBatchWaits: Bool.random(using: &random))
        var loop = Loop()
        let isWoken = loop.isWoken(timing, look: now + AnswerHold.longest)
        #expect(!isWoken)
      }
      let anotherWaits = Bool.random(using: &random)
      let timing = hold.timing(of: end, of: plan, anotherBatchWaits: anotherWaits)
      let (soon, late) = ((now - began) / 2, (now - began) / 2 + .microseconds(1))
      var (first, second) = (Loop(), Loop())
      let inTime = first.isWoken(timing, look: now + min(soon, AnswerHold.longest))
      let tooLate = second.isWoken(timing, look: now + max(late, AnswerHold.longest + .microseconds(1)))
      #expect(inTime == !anotherWaits && tooLate)
    }
  }

  /// More rows than the time before are expected to take as much longer.
  @Test func aLargerBatchIsNotTakenForASmallOne() {
    let (small, large) = (
      plan([member(0, exit: 2), member(1, exit: 1)]), plan((0..<16).map { member($0, exit: 2 - $0 % 2) })
    )
    var (hold, start, loop) = (AnswerHold(blocks: 2), Instant.start, Loop())
    var waited: [Bool] = []
    for (plan, size) in [(small, 2), (small, 2), (large, 16), (large, 16)] {
      for number in 1...2 {
        let rows = number == 1 ? size : size / 2
        // The larger batch's second block is in truth no slower.
        let ran = block(number, size: rows, from: start, to: start + .microseconds(200), answers: size / 2)
        let canWait = !loop.isWoken(hold.timing(of: ran, of: plan, anotherBatchWaits: true))
        if number == 1 { waited.append(canWait) }
        start = start + .microseconds(200)
      }
      _ = loop.isWoken(hold.timing(of: end, of: plan, anotherBatchWaits: true))
    }
    #expect(waited == [false, true, false, true])
  }

  /// A failure is heard of at once, and so is a model that had to be loaded; a batch that fails leaves nothing behind that
  /// the next one would be taken for longer by.
  @Test func aFailureIsHeardOfAtOnce() {
    let plan = plan([member(0, exit: 2), member(1, exit: 1)])
    var hold = AnswerHold(blocks: 2)
    func at(_ microseconds: Int) -> Instant { .start + .microseconds(microseconds) }
    let load = ModelLoad(batch: 0, model: 0, took: .zero, bytes: 0, loadedBytes: 0, unloaded: [])
    let loaded = hold.timing(of: .modelLoaded(load, instance: 0), of: plan, anotherBatchWaits: true)
    _ = hold.timing(of: block(1, size: 2, from: at(0), to: at(900), answers: 1), of: plan, anotherBatchWaits: true)
    let failed = hold.timing(of: .failed(0, instance: 0, reason: "lost"), of: plan, anotherBatchWaits: true)
    #expect(loaded == .atOnce && failed == .atOnce)
    for number in [1, 2] {
      let ran = block(
        number, size: 3 - number, from: at(9000 + 100 * number), to: at(9100 + 100 * number), answers: 1)
      _ = hold.timing(of: ran, of: plan, anotherBatchWaits: true)
    }
    let ended = hold.timing(of: end, of: plan, anotherBatchWaits: true)
    #expect(ended.due == at(9400), "half of the 200 us that it took")
    let empty = hold.timing(of: end, of: plan, anotherBatchWaits: true)
    #expect(empty == .atOnce, "of a batch that ran no block")
  }
}
