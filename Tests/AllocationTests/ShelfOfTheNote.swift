import Allocation
import EdgeModel
import Units

/// BSP(b, slack) as the note writes it, size after size: O(b · rounds · K), to compare the fast one with.
struct ShelfOfTheNote {
  static func most(_ frame: FrameState) -> Int {
    let worker = frame.workers[0]
    let byArea = frame.tasks.sorted { area($0, frame) < area($1, frame) }
    var size = 0
    while size < min(byArea.count, worker.maxBatch ?? .max) {
      let depth = worker.profile.blocks.reduce(0.0) { $0 + $1.seconds(size + 1) }
      guard pack(size + 1, byArea, frame, earliest: max(0, worker.freeAt - frame.guardTime), depth: depth) else {
        break
      }
      size += 1
    }
    return size
  }

  private static func pack(
    _ size: Int, _ byArea: [FrameTask], _ frame: FrameState, earliest: Double, depth: Double
  ) -> Bool {
    var end = earliest
    while true {
      let shelf = byArea.lazy.filter { end + depth <= Tolerance.reach(of: $0.deadline) - frame.guardTime }.prefix(size)
      guard shelf.count == size else { return false }
      let needed = shelf.reduce(0.0) { $0 + area($1, frame) } / frame.bandwidth.value
      if needed <= end { return true }
      guard Tolerance.isAtMost(needed, frame.length ?? .infinity) else { return false }
      end = needed
    }
  }

  private static func area(_ task: FrameTask, _ frame: FrameState) -> Double {
    task.feature.value / task.uplink.efficiency(over: frame.bandwidth.value)
  }
}
