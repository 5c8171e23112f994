public import EdgeModel
public import Nodes
import Wire
import ZeroMQ

/// A `device-emulator` process from its first message to its last: joins the base station and every worker, runs its
/// devices, leaves their trace.
public struct EmulatorSession: ~Copyable {
  /// What an emulator needs to know.
  public struct Setup: Sendable {
    public var identity: NodeIdentity
    /// Where the base station listens for devices.
    public var station: String
    public var devices: [DeviceConfiguration]
    /// How long to wait until everyone is ready.
    public var patience: Duration
    /// How long the base station may be silent before the run is given up.
    public var silence: Duration
    /// Ask the base station's clock even on its own host.
    public var probesClock: Bool
    /// Runs on the stem's thread: posts `ready`, then a feature for each job.
    public var stem: @Sendable (WorkBench<StemJob, StemReply>) -> Void
    public init(
      identity: NodeIdentity, station: String, devices: [DeviceConfiguration], patience: Duration = .seconds(120),
      silence: Duration = .seconds(2), probesClock: Bool = false,
      stem: @escaping @Sendable (WorkBench<StemJob, StemReply>) -> Void
    ) {
      self.identity = identity
      self.station = station
      self.devices = devices
      self.patience = patience
      self.silence = silence
      self.probesClock = probesClock
      self.stem = stem
    }
  }

  /// Runs to the end; throws a line for people when the node could not run, or was stopped before its work was done.
  public static func run(_ setup: Setup, in process: consuming NodeProcess) throws(NodeFailure) {
    let context = process.context
    let port = try EmulatorPort(setup, process)
    let cause = try session(setup, port)
    context.terminate()
    if let cause, !cause.isEmpty { throw NodeFailure("stopped, \(setup.identity.name): \(cause)") }
  }

  private static func session(_ setup: Setup, _ port: consuming EmulatorPort) throws(NodeFailure) -> String? {
    var port = port
    guard let beginning = try port.rendezvous() else { return nil }
    var loop = NodeLoop(DeviceEmulator(setup.devices(from: beginning)), on: port)
    var cause = try loop.run()
    if cause == nil { cause = try loop.port.sayFinished() }
    let statistics = loop.statistics
    try loop.port.close(statistics)
    return cause
  }
}

extension EmulatorSession.Setup {
  fileprivate func devices(from beginning: Beginning) -> [Device] {
    devices.map { configuration in
      var configuration = configuration
      configuration.resumes = beginning == .underWay
      return Device(configuration)
    }
  }
}

/// A feature to compute.
public struct StemJob: Hashable, Sendable {
  public var task: TaskID
  /// An image of this model.
  public var model: ModelID
  public var sample: Int
  public init(task: TaskID, model: ModelID = 0, sample: Int) {
    self.task = task
    self.model = model
    self.sample = sample
  }
}

/// What the stem's thread says.
public enum StemReply: Sendable {
  case ready
  case feature(TaskID, FeatureBuffer, took: Duration)
  /// The stem cannot go on; one line.
  case failed(String)
}
