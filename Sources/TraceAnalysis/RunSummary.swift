import EdgeModel
import TraceLog
import Units

/// A run in numbers: `summary.json`. Shares are in 0...1; what no task reached is nil.
public struct RunSummary: Hashable, Sendable {
  /// Figures of all tasks, or of one group's.
  public struct Figures: Hashable, Sendable {
    public var devices = 0
    public var generated = 0
    public var completed = 0
    public var late = 0
    public var refused = 0
    public var expired = 0
    public var lost = 0
    /// Completed per second of the run's duration.
    public var throughput = 0.0
    /// Completed of generated.
    public var deadlineMet: Double?
    /// Right answers among completed and late.
    public var accuracy: Double?
    /// Of completed and late [ms].
    public var latency: Percentiles?
    /// Share of completed and late that left at exit n, at `exitShare[n - 1]`.
    public var exitShare: [Double] = []
    /// What the devices spent [J].
    public var deviceEnergy = 0.0
    /// Jain's index of the devices' completed shares, in 1/n...1; nil where nothing was completed.
    public var fairness: Double?
    /// |last byte at the worker − planned| [ms].
    public var uploadError: Percentiles?
  }
  public struct Group: Hashable, Sendable {
    public var name: String
    public var figures: Figures
  }
  /// One exit's accuracy, measured live beside the manifest's.
  public struct ExitAccuracy: Hashable, Sendable {
    /// From 1.
    public var exit: Int
    public var tasks: Int
    /// Accuracy over all of them.
    public var live: Double?
    /// Tasks whose exit was assigned, and accuracy over them. Only these can be held against the manifest: where a task
    /// leaves because its exit is sure, the easy ones leave early and the hard ones stay.
    public var assigned = 0
    public var assignedLive: Double?
    public var manifest: Double?
    /// Three standard deviations of a binomial share at the manifest's accuracy, and half a task.
    public var tolerance: Double?
    /// nil where there is nothing to compare.
    public var agrees: Bool? {
      guard let assignedLive, let manifest, let tolerance else { return nil }
      return abs(assignedLive - manifest) <= tolerance
    }
  }

  public var run: String
  public var topology: String
  public var policy: String
  public var seed: UInt64
  public var duration: Duration
  public var whole: Figures
  /// In the description's order.
  public var groups: [Group]
  public var accuracyPerExit: [ExitAccuracy]
  /// Mean size of the batches that ran block 1.
  public var meanBatch: Double?
  public var frames: Int
  public var fallbackFrames: Int
  /// [µs].
  public var solve: Percentiles?
  /// The worst node's p99 of how late its timers fired [ms].
  public var loopLateness: Double?
  /// How late the base station's frame edges fired [ms].
  public var frameEdgeLateness: Percentiles?
  /// p99 over blocks of paced engines of computed ÷ expected; above 1 the engine was slower than its table.
  public var pacedLoad: Double?
  /// Share of CPU time that the hypervisor took.
  public var steal: Double?
  /// What the topology planned to break.
  public var faults: [RunDescription.Fault]

}

extension RunSummary {
  /// Of a loaded run. O(tasks log devices).
  public init(_ run: Run) {
    var tally = SummaryTally(run.description, keeping: .max)
    for index in run.journeys.indices { tally.add(run.journeys[index]) }
    for batch in run.batches { tally.add(batch, run.workers) }
    for frame in run.frames {
      if let summary = frame.summary { tally.add(summary.value) }
      if let edge = frame.edge { tally.add(edge: edge.value, firedAt: edge.instant) }
    }
    self = tally.summary(run.outline)
  }
}

extension RunSummary.Figures {
  /// (Σx)² ÷ (n · Σx²) (Jain, Chiu, Hawe 1984).
  static func jain(_ shares: [Double]) -> Double? {
    let sum = shares.reduce(0, +)
    let squares = shares.reduce(0) { $0 + $1 * $1 }
    return squares > 0 ? sum * sum / (Double(shares.count) * squares) : nil
  }
}
