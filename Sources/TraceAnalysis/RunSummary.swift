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

  /// O(tasks log tasks).
  public init(_ run: Run) {
    let description = run.description
    self.run = description.run
    topology = description.topology
    policy = description.policy
    seed = description.seed
    duration = description.duration
    let exits = Self.exitCount(run)
    whole = Figures(run.journeys[...], exits: exits, duration: duration)
    groups = Self.groupNames(run).map { name in
      Group(
        name: name,
        figures: Figures(run.journeys.filter { $0.group == name }[...], exits: exits, duration: description.duration))
    }
    accuracyPerExit = (0..<exits).map { Self.accuracy(exit: $0 + 1, run) }
    let first = run.batches.flatMap(\.blocks).filter { $0.value.block == 1 }.map { Double($0.value.size) }
    meanBatch = first.isEmpty ? nil : first.reduce(0, +) / Double(first.count)
    let allocated = run.frames.compactMap(\.summary?.value)
    frames = allocated.count
    fallbackFrames = allocated.count { $0.fallback }
    solve = Percentiles(allocated.map { Double($0.solve.inNanoseconds) / 1e3 })
    let loops = run.traces.flatMap(\.records).compactMap { stamped -> LoopStatistics? in
      if case .loopStatistics(let statistics) = stamped.record { statistics } else { nil }
    }
    loopLateness = loops.map(\.latenessP99.inMilliseconds).max()
    frameEdgeLateness = Percentiles(
      run.frames.compactMap(\.edge).map { max(0, ($0.instant - $0.value).inMilliseconds) })
    pacedLoad = Percentiles(Self.pacedLoads(run))?.p99
    faults = description.faults
    steal = description.steal ?? loops.map(\.steal).max()
  }

  /// The description's groups, and behind them those that only the traces know.
  private static func groupNames(_ run: Run) -> [String] {
    var names = run.description.groups.map(\.name)
    var known = Set(names)
    for journey in run.journeys where known.insert(journey.group).inserted { names.append(journey.group) }
    return names
  }

  private static func exitCount(_ run: Run) -> Int {
    let known = max(run.description.accuracies.count, run.workers.map(\.capability.accuracies.count).max() ?? 0)
    return max(known, run.journeys.lazy.compactMap(\.answer?.exit).max() ?? 0)
  }

  private static func accuracy(exit: Int, _ run: Run) -> ExitAccuracy {
    let answered = run.journeys.filter { $0.isAnswered && $0.answer?.exit == exit && $0.offer != nil }
    let assigned = answered.filter(\.hasAssignedExit)
    let known =
      run.description.accuracies.isEmpty ? run.workers.first?.capability.accuracies ?? [] : run.description.accuracies
    var row = ExitAccuracy(exit: exit, tasks: answered.count)
    row.live = shareOfRight(answered)
    row.assigned = assigned.count
    row.assignedLive = shareOfRight(assigned)
    if exit <= known.count { row.manifest = known[exit - 1] }
    if let manifest = row.manifest, !assigned.isEmpty {
      let count = Double(assigned.count)
      row.tolerance = 3 * (max(0, manifest * (1 - manifest)) / count).squareRoot() + 0.5 / count
    }
    return row
  }

  private static func shareOfRight(_ journeys: [TaskJourney]) -> Double? {
    guard !journeys.isEmpty else { return nil }
    return Double(journeys.count { $0.answer?.predicted == $0.offer?.value.label }) / Double(journeys.count)
  }

  /// computed ÷ expected of every block that a paced engine ran.
  static func pacedLoads(_ run: Run) -> [Double] {
    var loads: [Double] = []
    for batch in run.batches {
      guard let worker = batch.worker, run.workers[worker].capability.isPaced else { continue }
      for block in batch.blocks {
        let (computed, expected) = (block.value.computed.inSeconds, block.value.expected.inSeconds)
        loads.append(computed <= expected ? (expected > 0 ? computed / expected : 0) : computed / max(expected, 1e-9))
      }
    }
    return loads
  }
}

extension RunSummary.Figures {
  fileprivate init(_ journeys: ArraySlice<TaskJourney>, exits: Int, duration: Duration) {
    var counts: [Outcome: Int] = [:]
    for journey in journeys { counts[journey.outcome, default: 0] += 1 }
    generated = journeys.count
    completed = counts[.completed] ?? 0
    late = counts[.late] ?? 0
    refused = counts[.refused] ?? 0
    expired = counts[.expired] ?? 0
    lost = counts[.lost] ?? 0
    if duration > .zero { throughput = Double(completed) / duration.inSeconds }
    if generated > 0 { deadlineMet = Double(completed) / Double(generated) }
    let answered = journeys.filter { $0.isAnswered && $0.answer != nil }
    if !answered.isEmpty {
      accuracy = Double(answered.count { $0.answer?.predicted == $0.offer?.value.label }) / Double(answered.count)
    }
    latency = Percentiles(answered.compactMap(\.latency?.inMilliseconds))
    exitShare = (0..<exits).map { index in
      answered.isEmpty ? 0 : Double(answered.count { $0.answer?.exit == index + 1 }) / Double(answered.count)
    }
    deviceEnergy = journeys.reduce(0) { $0 + ($1.ending?.value.energy.value ?? 0) }
    uploadError = Percentiles(journeys.compactMap(\.uploadError?.inMilliseconds))
    let shares = Self.completedShares(journeys)
    devices = shares.count
    fairness = Self.jain(shares)
  }

  /// Completed of generated, per device that generated anything.
  private static func completedShares(_ journeys: ArraySlice<TaskJourney>) -> [Double] {
    var shares: [Double] = []
    var rest = journeys
    while let device = rest.first?.id.device {
      let own = rest.prefix { $0.id.device == device }
      shares.append(Double(own.count { $0.outcome == .completed }) / Double(own.count))
      rest = rest.dropFirst(own.count)
    }
    return shares
  }

  /// (Σx)² ÷ (n · Σx²) (Jain, Chiu, Hawe 1984).
  static func jain(_ shares: [Double]) -> Double? {
    let sum = shares.reduce(0, +)
    let squares = shares.reduce(0) { $0 + $1 * $1 }
    return squares > 0 ? sum * sum / (Double(shares.count) * squares) : nil
  }
}
