/// What an allocation is to maximise: the sum of its tasks' weights, and what a task's weight is.
public enum Objective: String, Hashable, Sendable, CaseIterable {
  /// Every task counts 1: the most tasks.
  case throughput
  /// A task counts its own weight w: priority classes.
  case weighted
  /// A task counts w / (1 + served): equal users get equal shares over time.
  ///
  /// The gradient of Σ w·log(1 + served) over the devices, so each frame climbs that sum as steeply as it can
  /// (gradient scheduling; the logarithm's optimum is the proportionally fair one). Two tasks of a device in one frame
  /// count the same. Source: F. Kelly, Charging and rate control for elastic traffic, 1997; H. Kushner, P. Whiting,
  /// Convergence of proportional-fair sharing algorithms under general conditions, 2004.
  case proportionalFair = "proportional-fair"

  /// What `task` adds to the objective; positive.
  public func weight(of task: FrameTask) -> Double {
    switch self {
    case .throughput: 1
    case .weighted: task.weight
    case .proportionalFair: task.weight / (1 + task.served)
    }
  }

  /// Whether every task of `frame` counts the same, so that the most tasks are the best. O(tasks).
  public func isUniform(over frame: FrameState) -> Bool {
    guard self != .throughput, let first = frame.tasks.first else { return true }
    let weight = weight(of: first)
    return frame.tasks.allSatisfy { self.weight(of: $0) == weight }
  }

  /// What was maximised: Σ weight over the scheduled tasks; exact counts for throughput. O(tasks).
  public func value(of allocation: FrameAllocation, in frame: FrameState) -> Double {
    let scheduled = Set(allocation.granted.map(\.task))
    // In the order of identifiers: a sum in another order has other last digits.
    return frame.tasks.filter { scheduled.contains($0.id) }.sorted { $0.id < $1.id }.reduce(0) { $0 + weight(of: $1) }
  }
}
