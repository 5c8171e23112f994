public import Units

/// One inference that a device asks for: a feature to upload, an answer to receive by a deadline.
public struct InferenceTask: Hashable, Sendable {
  public var id: TaskID
  /// When the device's sensor delivered the input; latency counts from here.
  public var generated: Instant
  /// When the result must be at the device.
  public var deadline: Instant
  /// Least accuracy of the exit that may answer it, in 0...1.
  public var requiredAccuracy: Double
  /// Size of the feature to upload.
  public var feature: Bits
  /// The first block that runs on the worker, from 1 (more where the device ran the first blocks itself).
  public var entry: Int
  public init(
    id: TaskID, generated: Instant, deadline: Instant, requiredAccuracy: Double, feature: Bits, entry: Int = 1
  ) {
    self.id = id
    self.generated = generated
    self.deadline = deadline
    self.requiredAccuracy = requiredAccuracy
    self.feature = feature
    self.entry = entry
  }
}

/// The end of a task; every task has exactly one.
public enum Outcome: String, Hashable, Sendable, CaseIterable {
  /// The result was at the device by its deadline.
  case completed
  /// The result came after the deadline.
  case late
  /// Never granted.
  case refused
  /// Granted, but not in time for its batch, or dropped.
  case expired
  /// A node or a link failed; the cause says which.
  case lost
}

/// Why a task is not scheduled in a frame: the first reason that applies, in this order.
public enum RefusalReason: String, Hashable, Sendable, CaseIterable {
  /// No exit is accurate enough.
  case accuracy
  /// Infeasible even alone, on an idle worker with the whole cell.
  case deadline
  /// Feasible alone on an idle worker, but not from when the worker is free.
  case workerBusy = "worker-busy"
  /// The batch is full.
  case batchLimit = "batch-limit"
  /// The cell's bandwidth and the batch's time went to others.
  case bandwidth
}
