import EdgeModel
import Nodes
import Testing

struct TimerQueueTests {
  @Test func timersComeByInstantAndThenInTheOrderTheyWereSet() {
    var random = RandomStream(seed: 2, device: 0, purpose: "timers")
    var queue = TimerQueue<Int>()
    var expected: [(timer: Int, at: Instant)] = []
    for timer in 0..<500 {
      // Few instants, so that many are equal.
      let at = Instant.milliseconds(Int.random(in: 0..<40, using: &random))
      queue.add(timer, at: at)
      expected.append((timer, at))
    }
    // Array's sort is stable.
    expected.sort { $0.at < $1.at }
    for (timer, at) in expected {
      #expect(queue.earliest == at)
      #expect(queue.popDue(at: Instant(nanoseconds: at.nanoseconds - 1)) == nil)
      let next = queue.popDue(at: at)
      #expect(next?.timer == timer && next?.planned == at)
    }
    #expect(queue.earliest == nil && queue.popDue(at: .distantFuture) == nil)
  }
}
