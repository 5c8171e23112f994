public import EdgeModel
import Nodes
public import Wire
import ZeroMQ

/// An `edge-worker` process from its first message to its last: joins the base station, warms its engine, runs the
/// planned batches, leaves its trace.
public struct WorkerSession: ~Copyable {
  /// What a worker needs to know.
  public struct Setup: Sendable {
    public var identity: NodeIdentity
    /// Where the base station listens for workers.
    public var station: String
    /// Where to listen for features, and what to tell devices where that is no address (a wildcard).
    public var listen: String
    public var advertise: String?
    public var patience: Duration
    /// How long the base station may be silent before the run is given up.
    public var silence: Duration
    public var probesClock: Bool
    /// Planned steps of the engine's speed.
    public var speed: StepSchedule
    /// Largest chunk a device may send [bytes].
    public var largestChunk: Int
    /// Engine instances, each with a thread of its own; at least 1.
    public var instances: Int
    /// Up to how many bytes of a batch the loop lays side by side for the engine, which then copies those alone that join others; 0 where it
    /// does not read them there.
    public var sideBySideBytes: Int
    /// Whether the engine computes as fast as it can on processors of its own. Then the loop looks by itself for what a
    /// loaded one reports, to spare it waking the loop.
    public var isEngineApart: Bool
    /// Batches that are handed at most to an engine that is at another, where it is one instance of steady speed.
    public var mostAhead: Int
    /// Runs on an instance's thread: instance 0 loads, warms and measures the engine and posts `ready`; then each runs job
    /// after job.
    public var engine: @Sendable (_ instance: Int, WorkBench<BatchJob, EngineReply>, SharedClock) -> Void
    public init(
      identity: NodeIdentity, station: String, listen: String, advertise: String? = nil,
      patience: Duration = .seconds(120), silence: Duration = .seconds(2), probesClock: Bool = false,
      speed: StepSchedule = StepSchedule(), largestChunk: Int = 65_536, instances: Int = 1,
      sideBySideBytes: Int = 0, isEngineApart: Bool = false, mostAhead: Int = 1,
      engine: @escaping @Sendable (_ instance: Int, WorkBench<BatchJob, EngineReply>, SharedClock) -> Void
    ) {
      self.identity = identity
      self.station = station
      self.listen = listen
      self.advertise = advertise
      self.patience = patience
      self.silence = silence
      self.probesClock = probesClock
      self.speed = speed
      self.largestChunk = largestChunk
      self.instances = instances
      self.sideBySideBytes = sideBySideBytes
      self.isEngineApart = isEngineApart
      self.mostAhead = mostAhead
      self.engine = engine
    }
  }

  /// Runs to the end; throws a line for people when the node could not run, or was stopped before its work was done.
  public static func run(_ setup: Setup, in process: consuming NodeProcess) throws(NodeFailure) {
    let context = process.context
    let port = try WorkerPort(setup, process)
    let cause = try session(port)
    context.terminate()
    if let cause, !cause.isEmpty { throw NodeFailure("stopped, \(setup.identity.name): \(cause)") }
  }

  private static func session(_ port: consuming WorkerPort) throws(NodeFailure) -> String? {
    var port = port
    guard let configuration = try port.rendezvous() else { return nil }
    var loop = NodeLoop(EdgeWorker(configuration), on: port)
    let cause = try loop.run()
    let statistics = loop.statistics
    try loop.port.close(statistics)
    return cause
  }
}

/// What an engine's thread says.
public enum EngineReply: Sendable {
  /// Warm; `engine` names it for people, `isPaced` says that a table holds its results back.
  case ready(WorkerReadiness, engine: String, isPaced: Bool)
  case event(BatchEvent)
  /// The engine cannot be used; one line.
  case failed(String)
}
