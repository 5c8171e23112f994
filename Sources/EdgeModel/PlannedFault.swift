/// A fault that a topology plans: what breaks, and when. A run with planned faults goes on where one without would end.
public struct PlannedFault: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    /// The node's process dies at once, without a word (SIGKILL).
    case kill(node: String)
    /// The node is asked to end and leaves in order (SIGTERM).
    case stop(node: String)
    /// The node's process stands still for a while (SIGSTOP, SIGCONT).
    case pause(node: String, for: Duration)
    /// The node dies at once and is started again after a while; its trace goes on in a second file.
    case restart(node: String, after: Duration)
    /// The cell has `factor` of its bandwidth; positive. From the first frame edge at or behind the instant.
    case bandwidth(factor: Double)
    /// The worker's engine runs at `factor` of its speed; positive. From the first batch that starts behind the instant.
    case engine(worker: String, factor: Double)
    /// This share of a link's messages is lost, in 0...1; simulation only.
    case loss(Link, share: Double)
    /// A link's messages take longer; simulation only.
    case delay(Link, by: Duration)
    /// The node's clock steps; negative: back. Simulation only.
    case clock(node: String, step: Duration)
  }
  /// One of the three kinds of link, both directions.
  public enum Link: String, Hashable, Sendable, CaseIterable {
    case deviceStation = "device-station"
    case stationWorker = "station-worker"
    case deviceWorker = "device-worker"
  }
  public var kind: Kind
  /// On the base station's run clock.
  public var at: Instant
  /// How long `bandwidth`, `engine`, `loss` and `delay` last; nil: to the end.
  public var duration: Duration?
  public init(_ kind: Kind, at: Instant, for duration: Duration? = nil) {
    self.kind = kind
    self.at = at
    self.duration = duration
  }
  /// The node whose process suffers it; nil where none does.
  public var node: String? {
    switch kind {
    case .kill(let node), .stop(let node), .pause(let node, _), .restart(let node, _), .clock(let node, _): node
    case .engine(let worker, _): worker
    case .bandwidth, .loss, .delay: nil
    }
  }
}
