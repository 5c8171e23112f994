import EdgeModel

extension FrameState {
  /// Of one of the frame's tasks, which must be in the order of their ids; 0 where it is not there or its uplink is told
  /// otherwise. O(log tasks).
  func spectralEfficiency(of task: TaskID) -> Double {
    var (low, high) = (0, tasks.count)
    while low < high {
      let middle = (low + high) / 2
      if tasks[middle].id < task { low = middle + 1 } else { high = middle }
    }
    guard low < tasks.count, tasks[low].id == task, case .spectralEfficiency(let value) = tasks[low].uplink else {
      return 0
    }
    return value
  }
}
