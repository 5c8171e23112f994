import EdgeModel
import Units

/// What the base station remembers for policies with open plans: offers per frame and group, who is granted and not
/// done, the last rule, and what workers reported since the last frame.
struct OpenPlanMemory: Sendable {
  /// Frames whose offers are remembered.
  static let frames = 32

  private var recentOffers: [[Int]]
  private var offers: [Int]
  /// The worker of each task that an open plan granted and that has not ended.
  private var granted: [TaskID: Int] = [:]
  private var queues: [WorkerQueue]

  init(groups: Int, workers: Int) {
    recentOffers = Array(repeating: [], count: groups)
    offers = Array(repeating: 0, count: groups)
    queues = Array(repeating: WorkerQueue(), count: workers)
  }

  mutating func offered(group: Int) { offers[group] += 1 }
  mutating func granted(_ task: TaskID, worker: Int?) {
    guard let worker, granted.updateValue(worker, forKey: task) == nil else { return }
    queues[worker].backlog += 1
  }
  mutating func ended(_ task: TaskID) {
    if let worker = granted.removeValue(forKey: task) { queues[worker].backlog -= 1 }
  }
  mutating func limited(worker: Int?, to batch: Int) {
    if let worker { queues[worker].batchLimit = batch }
  }
  /// Batches of open plans only; a batch's number is reserved for one of its members, so one of them tells.
  mutating func reported(_ report: BatchReport, worker: Int?) {
    guard let worker, queues[worker].batchLimit != nil else { return }
    queues[worker].recent.append(
      WorkerQueue.Outcome(size: report.size, took: (report.ended - report.started).inSeconds, late: report.late))
    for task in report.answered { ended(task) }
  }

  /// Puts all it knows into `state`, and begins the next frame.
  mutating func closeFrame(into state: inout FrameState) {
    for group in offers.indices {
      recentOffers[group].append(offers[group])
      if recentOffers[group].count > Self.frames { recentOffers[group].removeFirst() }
      offers[group] = 0
    }
    state.recentOffers = recentOffers
    for index in state.workers.indices {
      state.workers[index].queue = queues[index]
      queues[index].recent.removeAll()
    }
  }
}
