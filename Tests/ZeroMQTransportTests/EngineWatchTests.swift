import EdgeModel
import Testing

@testable import ZeroMQTransport

@Suite struct EngineWatchTests {
  private func block(_ batch: Int, from start: Instant, to end: Instant) -> BatchEvent {
    .blockRan(
      BlockRun(
        batch: BatchID(batch), instance: 0, block: 1, size: 1, start: start, end: end, expected: .zero, computed: .zero),
      answers: [])
  }

  /// Batches handed over and heard of at random, each of as long as it likes: while another waits for the engine the loop
  /// looks after 0.25 to 1 ms, and after half of the last batch at most; it keeps to what it has said; else it sleeps.
  @Test(arguments: 0..<300 as Range<UInt64>) func theLoopLooksOftenEnough(seed: UInt64) {
    var random = RandomStream(seed: seed, device: 0, purpose: "watch")
    var watch = EngineWatch()
    var (handed, ended, now) = (0, 0, Instant.start)
    var took: Duration?
    var promised: Instant?
    for _ in 0..<200 {
      switch Int.random(in: 0..<4, using: &random) {
      case 0 where handed - ended < 4:
        watch.handOver()
        handed += 1
      case 1 where handed > ended:
        let each = Duration.microseconds(Int.random(in: 10...12_000, using: &random))
        let middle = now + each
        watch.hear(block(ended, from: now, to: middle))
        watch.hear(block(ended, from: middle, to: middle + each))
        now = middle + each
        took = each + each
        watch.hear(
          Bool.random(using: &random)
            ? .ended(BatchID(ended), instance: 0)
            : .failed(BatchID(ended), instance: 0, reason: "lost"))
        ended += 1
      default: now = now + .microseconds(Int.random(in: 0...600, using: &random))
      }
      #expect(watch.isLoaded == (handed > ended))
      let look = watch.look(after: now)
      guard handed - ended > 1 else {
        #expect(look == .distantFuture, "an engine that is idle next wakes the loop")
        promised = nil
        continue
      }
      let interval = look - now
      #expect(interval > .zero && interval <= EngineWatch.longest)
      if let took { #expect(interval <= max(EngineWatch.shortest, took / 2)) }
      if let promised, promised > now { #expect(look <= promised, "somebody relies on it") }
      promised = look
      let again = watch.look(after: now)
      #expect(again == look)
    }
  }
}
