public import EdgeModel
public import Nodes
import Wire
import ZeroMQ

/// A `base-station` process from its first message to its last: gathers every node, gives them one start, allocates frame
/// after frame, ends the run when all devices are done, leaves its trace.
public struct StationSession: ~Copyable {
  /// What a base station needs to know.
  public struct Setup: Sendable {
    public var identity: NodeIdentity
    /// The run's name, which stands in every trace.
    public var run: String
    /// Where to listen.
    public var devicesEndpoint: String
    public var workersEndpoint: String
    public var clockEndpoint: String
    /// Devices 0 to `deviceCount` − 1 are expected, and these workers, numbered in this order.
    public var deviceCount: Int
    public var workers: [String]
    /// Those of all nodes that the run goes on without.
    public var losses: ExpectedLosses
    public var patience: Duration
    /// The node, once the workers have said what they can do; a line for people where they cannot do it.
    public var makeNode: @Sendable ([PlannedWorker], _ featureBytes: [Int]) throws(NodeFailure) -> BaseStation
    /// Runs on the policy's thread: an allocation for each frame.
    public var policy: @Sendable (WorkBench<FrameState, PolicyReply>) -> Void
    /// What is worth telling while it runs.
    public var tell: @Sendable (StationNews) -> Void
    public init(
      identity: NodeIdentity, run: String, devicesEndpoint: String, workersEndpoint: String, clockEndpoint: String,
      deviceCount: Int, workers: [String], losses: ExpectedLosses = ExpectedLosses(),
      patience: Duration = .seconds(120),
      makeNode: @escaping @Sendable ([PlannedWorker], _ featureBytes: [Int]) throws(NodeFailure) -> BaseStation,
      policy: @escaping @Sendable (WorkBench<FrameState, PolicyReply>) -> Void,
      tell: @escaping @Sendable (StationNews) -> Void
    ) {
      self.identity = identity
      self.run = run
      self.devicesEndpoint = devicesEndpoint
      self.workersEndpoint = workersEndpoint
      self.clockEndpoint = clockEndpoint
      self.deviceCount = deviceCount
      self.workers = workers
      self.losses = losses
      self.patience = patience
      self.makeNode = makeNode
      self.policy = policy
      self.tell = tell
    }
  }

  /// Runs to the end; throws a line for people when the node could not run, or was stopped before its work was done.
  public static func run(_ setup: Setup, in process: consuming NodeProcess) throws(NodeFailure) {
    let context = process.context
    let port = try StationPort(setup, process)
    let cause = try session(setup, port)
    context.terminate()
    if let cause, !cause.isEmpty { throw NodeFailure("stopped, \(setup.identity.name): \(cause)") }
  }

  private static func session(_ setup: Setup, _ port: consuming StationPort) throws(NodeFailure) -> String? {
    var port = port
    let node = try port.rendezvous()
    var loop = NodeLoop(node, on: port)
    let cause = try loop.run()
    let statistics = loop.statistics
    try loop.port.close(statistics, cause: cause ?? "")
    return cause
  }
}

/// What a base station tells whoever started it.
public enum StationNews: Hashable, Sendable {
  case listening(devices: String, workers: String, clock: String)
  /// A node joined or became ready; what is still missing, for people.
  case waiting(String)
  /// A node, or a message, that was refused before the run; by whom, and why.
  case turnedAway(String, String)
  /// A worker joined; where devices reach it.
  case workerListens(String, at: String)
  case started(monotonic: Int64)
  case progress(RunProgress)
}

/// What a policy's thread says.
public enum PolicyReply: Hashable, Sendable {
  case allocated(FrameAllocation, frame: FrameID, took: Duration)
  /// There is no answer for this frame; why, in one line.
  case failed(String, frame: FrameID)

  var inbound: BaseStation.Inbound {
    switch self {
    case .allocated(let allocation, let frame, let took): .allocated(allocation, frame: frame, took: took)
    case .failed(let reason, let frame): .allocationFailed(reason, frame: frame)
    }
  }
}
