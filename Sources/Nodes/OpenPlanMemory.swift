import EdgeModel
import Units

/// What the base station remembers for policies with open plans: offers per frame and group, who is granted and not
/// done, the last rule, and the batches that workers formed and reported since it was set.
struct OpenPlanMemory: Sendable {
  /// Frames whose offers are remembered.
  static let frames = 32

  private var recentOffers: [[Int]]
  private var offers: [Int]
  /// The worker of each task that an open plan granted and that has not ended.
  private var granted: [TaskID: Int] = [:]
  private var queues: [WorkerQueue]
  /// How many of a queue's reports are in the frame that is being decided.
  private var told: [Int]
  /// Reports kept for a worker that gets no rule; the oldest go first.
  private static let mostReports = 1024

  init(groups: Int, workers: Int) {
    recentOffers = Array(repeating: [], count: groups)
    offers = Array(repeating: 0, count: groups)
    queues = Array(repeating: WorkerQueue(), count: workers)
    told = Array(repeating: 0, count: workers)
  }

  mutating func offered(group: Int) { offers[group] += 1 }
  mutating func granted(_ task: TaskID, worker: Int?) {
    guard let worker, granted.updateValue(worker, forKey: task) == nil else { return }
    queues[worker].backlog += 1
  }
  mutating func ended(_ task: TaskID) {
    if let worker = granted.removeValue(forKey: task) { queues[worker].backlog -= 1 }
  }
  /// The worker is gone, and with it all that it was to do.
  mutating func forget(worker: Int) {
    granted = granted.filter { $0.value != worker }
    queues[worker] = WorkerQueue()
    told[worker] = 0
  }
  /// Nobody will say how their tasks end.
  mutating func forget(_ devices: Set<DeviceID>) {
    for task in granted.keys where devices.contains(task.device) { ended(task) }
  }
  /// A rule was set that knows the reports in the frame it was decided in.
  mutating func limited(worker: Int?, to batch: Int) {
    guard let worker else { return }
    queues[worker].batchLimit = batch
    queues[worker].recent.removeFirst(min(told[worker], queues[worker].recent.count))
    told[worker] = 0
  }
  /// A batch that the worker formed itself is done.
  mutating func reported(_ report: BatchReport, worker: Int?) {
    guard let worker else { return }
    if queues[worker].recent.count == Self.mostReports {
      queues[worker].recent.removeFirst()
      told[worker] = max(0, told[worker] - 1)
    }
    queues[worker].recent.append(
      WorkerQueue.Outcome(size: report.size, took: (report.ended - report.started).inSeconds, late: report.late))
    for task in report.answered { ended(task) }
  }

  /// Puts all it knows into `state`, and begins the next frame; `workers[i]` is the place of `state.workers[i]` among all.
  mutating func closeFrame(into state: inout FrameState, workers: [Int]) {
    for group in offers.indices {
      recentOffers[group].append(offers[group])
      if recentOffers[group].count > Self.frames { recentOffers[group].removeFirst() }
      offers[group] = 0
    }
    state.recentOffers = recentOffers
    for (index, worker) in workers.enumerated() {
      state.workers[index].queue = queues[worker]
      told[worker] = queues[worker].recent.count
    }
  }
}
