public import EdgeModel
public import Units

/// Everything a node may write into its trace. Docs/Traces.md shows each as JSON.
///
/// A record says what happened; when it happened is the stamp it is written with, on the node's own run clock. Where
/// something was planned, the plan stands beside it.
public enum TraceRecord: Hashable, Sendable {
  // MARK: Every node

  /// First in every file.
  case traceOpened(TraceHeader)
  /// The node's run clock starts at `monotonic` of its host's CLOCK_MONOTONIC [ns].
  case runStarted(monotonic: Int64)
  /// One exchange with the base station: sent and received on this node's run clock, `peer` on the base station's.
  case clockProbe(sent: Instant, peer: Instant, received: Instant)
  /// A peer fell silent or said goodbye too early.
  case peerLost(node: String, cause: String)
  /// A peer that was lost is heard again, or was started again.
  case peerReturned(node: String)
  /// A message that was not understood, not allowed, or not expected; it was dropped.
  case messageRejected(from: String, reason: String)
  /// A fault that the topology planned took effect at the node.
  case faultNoticed(kind: String)
  /// The node was told to stop before its work was done.
  case stopped(cause: String)
  case loopStatistics(LoopStatistics)
  /// Last in every orderly file; `records` counts those before it.
  case traceClosed(records: Int)

  // MARK: Device

  /// A task was generated and offered; `label` is the truth, `stem` the time its feature took on the device.
  case taskOffered(InferenceTask, group: String, sample: Int, label: Int, stem: Duration)
  case grantReceived(TaskID, frame: FrameID)
  case uploadStarted(TaskID, planned: Instant)
  /// `sent[i]` is when chunk i left; all chunks have `chunkBytes` but the last.
  case uploadEnded(TaskID, planned: Instant, bytes: Int, chunkBytes: Int, sent: [Instant])
  case taskEnded(TaskID, TaskEnding)

  // MARK: Base station

  /// The timer of a frame's edge fired; the stamp less `edge` is the lateness.
  case frameStarted(FrameID, edge: Instant)
  case frameAllocated(FrameSummary)
  case taskGranted(UplinkGrant, entry: Int, spectralEfficiency: Double, completion: Instant)
  /// Not in this frame; it stays for the next.
  case taskDeferred(TaskID, frame: FrameID, reason: RefusalReason)
  /// Never granted.
  case taskRefused(TaskID, frame: FrameID, reason: RefusalReason)
  case batchPlanned(BatchPlan)
  /// Tasks that their worker batches itself.
  case openPlanned(OpenPlan)
  /// A worker says that it is done with a batch.
  case batchReported(BatchID, worker: WorkerID, ended: Instant)

  // MARK: Edge worker

  case workerReady(WorkerCapability)
  case planReceived(BatchID, planned: Instant)
  case openPlanReceived(BatchID, members: Int)
  /// The worker made a batch of what had arrived, by the rule that held then.
  case batchFormed(BatchPlan, rule: BatchingRule)
  /// The last byte of a feature is in.
  case featureReceived(TaskID, batch: BatchID?, bytes: Int, planned: Instant?)
  /// `missing` were in the plan but not in.
  case batchStarted(BatchID, frame: FrameID, instance: Int, planned: Instant, size: Int, missing: [TaskID])
  case modelLoaded(ModelLoad)
  case blockRan(BlockRun)
  case taskExited(TaskAnswer, batch: BatchID, plannedExit: Int)
  /// A task that the worker drops; its device is told.
  case taskDropped(TaskID, batch: BatchID?, reason: String)
  case batchEnded(BatchID, instance: Int)
}

/// Who writes a trace.
public struct TraceHeader: Hashable, Sendable {
  public static let format = 1
  public var run: String
  /// Unique in the run; the file is called after it.
  public var node: String
  public var role: Role
  public var host: String
  public var process: Int
  public var version: String
  public var topologySHA256: String
  /// The host's boot: nodes with equal ones share CLOCK_MONOTONIC.
  public var boot: String
  public enum Role: String, Hashable, Sendable { case device, baseStation = "base-station", edgeWorker = "edge-worker" }
  public init(
    run: String, node: String, role: Role, host: String, process: Int, version: String, topologySHA256: String,
    boot: String
  ) {
    self.run = run
    self.node = node
    self.role = role
    self.host = host
    self.process = process
    self.version = version
    self.topologySHA256 = topologySHA256
    self.boot = boot
  }
}

/// How a task ended, as its device saw it.
public struct TaskEnding: Hashable, Sendable {
  public var outcome: Outcome
  /// Why, for outcomes other than completed and late; empty otherwise.
  public var cause: String
  /// The answer, where there is one.
  public var answer: TaskAnswer?
  /// Transmit power × airtime + local computing.
  public var energy: Joules
  public init(outcome: Outcome, cause: String = "", answer: TaskAnswer? = nil, energy: Joules = .zero) {
    self.outcome = outcome
    self.cause = cause
    self.answer = answer
    self.energy = energy
  }
}

/// One frame's allocation in numbers.
public struct FrameSummary: Hashable, Sendable {
  public var frame: FrameID
  public var policy: String
  public var offers: Int
  public var granted: Int
  public var deferred: Int
  public var refused: Int
  public var bandwidth: Hertz
  /// Sum over the grants.
  public var bandwidthGranted: Hertz
  public var solve: Duration
  public var searchNodes: Int
  public var status: FrameAllocation.Status
  /// The policy's answer did not come in time (or was wrong), and the fallback decided.
  public var fallback: Bool
  public init(
    frame: FrameID, policy: String, offers: Int, granted: Int, deferred: Int, refused: Int, bandwidth: Hertz,
    bandwidthGranted: Hertz, solve: Duration, searchNodes: Int, status: FrameAllocation.Status, fallback: Bool
  ) {
    self.frame = frame
    self.policy = policy
    self.offers = offers
    self.granted = granted
    self.deferred = deferred
    self.refused = refused
    self.bandwidth = bandwidth
    self.bandwidthGranted = bandwidthGranted
    self.solve = solve
    self.searchNodes = searchNodes
    self.status = status
    self.fallback = fallback
  }
}

/// What a worker brings.
public struct WorkerCapability: Hashable, Sendable {
  public var worker: WorkerID
  public var name: String
  /// The engine and its version, for people.
  public var engine: String
  /// A table holds results back: emulated timing.
  public var isPaced: Bool
  public var instances: Int
  public var maxBatch: Int
  /// Accuracy of each exit on the held-out images, exit 1 first.
  public var accuracies: [Double]
  public init(
    worker: WorkerID, name: String, engine: String, isPaced: Bool, instances: Int, maxBatch: Int,
    accuracies: [Double]
  ) {
    self.worker = worker
    self.name = name
    self.engine = engine
    self.isPaced = isPaced
    self.instances = instances
    self.maxBatch = maxBatch
    self.accuracies = accuracies
  }
}

/// How punctual a node's loop was, over the run.
public struct LoopStatistics: Hashable, Sendable {
  /// Timers fired, and how late they were.
  public var timers: Int
  public var latenessMedian: Duration
  public var latenessP99: Duration
  public var latenessMax: Duration
  /// Events handled, and the time the loop's thread spent handling them.
  public var events: Int
  public var busy: Duration
  /// CPU time of the whole process during the run.
  public var cpu: Duration
  /// Share of the host's CPU time that the hypervisor took during the run, in 0...1.
  public var steal: Double
  public init(
    timers: Int, latenessMedian: Duration, latenessP99: Duration, latenessMax: Duration, events: Int, busy: Duration,
    cpu: Duration, steal: Double
  ) {
    self.timers = timers
    self.latenessMedian = latenessMedian
    self.latenessP99 = latenessP99
    self.latenessMax = latenessMax
    self.events = events
    self.busy = busy
    self.cpu = cpu
    self.steal = steal
  }
}
