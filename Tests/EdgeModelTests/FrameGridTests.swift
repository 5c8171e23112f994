import EdgeModel
import Testing

/// The grid of frames neither drifts nor leaves gaps.
@Suite struct FrameGridTests {
  let grid = FrameGrid(length: .milliseconds(100), lead: .milliseconds(20))

  @Test func framesFollowEachOther() {
    #expect(grid.start(of: 0) == .start)
    #expect(grid.end(of: 0) == Instant(nanoseconds: 100_000_000))
    for frame in [0, 1, 7, 1000, 863_999] {
      #expect(grid.end(of: FrameID(frame)) == grid.start(of: FrameID(frame + 1)))
    }
  }
  @Test func theFirstAllocationIsAskedForBeforeTheStart() {
    #expect(grid.allocation(of: 0) == Instant(nanoseconds: -20_000_000))
    #expect(grid.allocation(of: 1) == Instant(nanoseconds: 80_000_000))
  }
  /// A length that no double holds: after a day of frames the edge is exact all the same.
  @Test func oddLengthsDoNotDrift() {
    let odd = FrameGrid(length: .nanoseconds(33_333_333), lead: .nanoseconds(1))
    #expect(odd.start(of: 2_592_000).nanoseconds == 33_333_333 * 2_592_000)
  }
  @Test func instantsAndDurationsAgree() {
    let (early, late) = (Instant(nanoseconds: -5), Instant(seconds: 1.5))
    #expect(late.nanoseconds == 1_500_000_000 && late.inSeconds == 1.5)
    #expect(late - early == .nanoseconds(1_500_000_005))
    #expect(early + (late - early) == late && late - (late - early) == early)
    #expect(early < late && early.duration(to: late) == late - early)
  }
}
