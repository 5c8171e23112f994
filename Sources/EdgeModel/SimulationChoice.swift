public import Units

/// What only a run in virtual time has to be told, because a live one has it: links, and how long policies and stems take.
public struct SimulationChoice: Hashable, Sendable {
  /// How long an engine's blocks take.
  public enum EngineTiming: String, Hashable, Sendable, CaseIterable {
    /// The latency table, every time.
    case table
    /// Draws from the dispersion that was measured with the table, where it holds one.
    case dispersion
  }
  public var links: SimulatedLinks
  public var solveTime: SolveTime
  /// What one feature takes on a device's stem; an emulator's devices share one stem, as they do live. Not negative.
  public var stem: Duration
  /// What a batch costs its engine instance besides its blocks, before the first of them: live it is handed to the engine's
  /// thread, wake-ups are late, and the loop must hear of its end. Not negative.
  public var dispatch: Duration
  public var engine: EngineTiming
  public init(
    links: SimulatedLinks = SimulatedLinks(), solveTime: SolveTime = SolveTime(), stem: Duration = .zero,
    dispatch: Duration = .zero, engine: EngineTiming = .dispersion
  ) {
    self.links = links
    self.solveTime = solveTime
    self.stem = stem
    self.dispatch = dispatch
    self.engine = engine
  }
}

/// What lies between two nodes, the same in both directions.
public struct SimulatedLink: Hashable, Sendable {
  /// From the last bit's leaving to its arrival; not negative.
  public var latency: Duration
  /// Messages leave one after the other at this rate, which is positive; nil: each at once.
  public var rate: BitRate?
  public init(latency: Duration = .microseconds(100), rate: BitRate? = nil) {
    self.latency = latency
    self.rate = rate
  }
}

/// The three kinds of link.
public struct SimulatedLinks: Hashable, Sendable {
  public var deviceStation: SimulatedLink
  public var stationWorker: SimulatedLink
  /// On top of the granted rate, which the device's own pacing keeps.
  public var deviceWorker: SimulatedLink
  public init(
    deviceStation: SimulatedLink = SimulatedLink(), stationWorker: SimulatedLink = SimulatedLink(),
    deviceWorker: SimulatedLink = SimulatedLink()
  ) {
    self.deviceStation = deviceStation
    self.stationWorker = stationWorker
    self.deviceWorker = deviceWorker
  }
}

/// What a policy takes to decide a frame, as a linear model of its work. No term is negative.
public struct SolveTime: Hashable, Sendable {
  public var base: Duration
  /// For each task that waits for a grant.
  public var perTask: Duration
  /// For each node that the search expanded.
  public var perSearchNode: Duration
  public init(base: Duration = .zero, perTask: Duration = .zero, perSearchNode: Duration = .zero) {
    self.base = base
    self.perTask = perTask
    self.perSearchNode = perSearchNode
  }
  /// For a frame with so many tasks and nodes, at most an hour: nothing waits for a decision so long.
  public func time(tasks: Int, searchNodes: Int) -> Duration {
    let seconds =
      base.inSeconds + perTask.inSeconds * Double(tasks) + perSearchNode.inSeconds * Double(searchNodes)
    return .nanoseconds(Int64((min(seconds, 3600) * 1e9).rounded()))
  }
}
