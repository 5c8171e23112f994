import EdgeModel

/// The instants at which uploads of a slotted policy end: t = i · slot, from i = 0 at the frame's edge.
struct SlotGrid: Sendable {
  /// Slots between the frame's edge and its limit where the frame names no slot.
  private static let slotsByDefault = 1024.0
  /// More slots than this are beyond what a `Double` tells apart by `Tolerance`; they are joined in pairs until fewer.
  private static let mostSlots = 0x1p40

  /// [s], positive.
  let slot: Double
  /// The last index whose instant is within the frame and no later than the last deadline.
  let last: Int
  /// Whether this is the frame's own grid.
  let isTheFrames: Bool

  /// `FrameState.slot`; where there is none, 1/1024 of the frame's length or, if that comes first, of the latest
  /// deadline. O(K).
  init(_ frame: FrameState) {
    let latestDeadline = frame.tasks.reduce(0) { max($0, $1.deadline) }
    let limit = max(min(frame.length ?? .infinity, latestDeadline), Tolerance.part)
    var slot = frame.slot ?? limit / Self.slotsByDefault
    var isTheFrames = frame.slot != nil
    while Tolerance.reach(of: limit) / slot > Self.mostSlots {
      slot *= 2
      isTheFrames = false
    }
    self.slot = slot
    self.isTheFrames = isTheFrames
    var last = Int((Tolerance.reach(of: limit) / slot).rounded(.down))
    while last > 0, !Tolerance.isAtMost(Double(last) * slot, limit) { last -= 1 }
    self.last = last
  }

  /// t [s].
  func instant(_ index: Int) -> Double { Double(index) * slot }

  /// The first index whose instant is `time` or later, in the sense of `Tolerance`; `last` + 1 where there is none.
  func index(reaching time: Double) -> Int {
    guard Tolerance.isAtMost(time, instant(last)) else { return last + 1 }
    let early = (time - Tolerance.part * max(1, time)) / slot
    var index = max(0, Int(min(max(0, early), Double(last))) - 1)
    while !Tolerance.isAtMost(time, instant(index)) { index += 1 }
    return index
  }
}
