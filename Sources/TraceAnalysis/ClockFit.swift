public import EdgeModel
import TraceLog
import Units

/// How one node's run clock is brought to the base station's: corrected = t + offset + drift · t.
public struct ClockFit: Hashable, Sendable {
  public enum Method: String, Hashable, Sendable {
    /// The base station's own clock, or that of its host: exact.
    case sameHost = "same-host"
    /// Fitted to clock probes.
    case probes
    /// Another host, and no probes: times cannot be compared.
    case unknown
  }
  public var method: Method
  /// At the node's run start [ns].
  public var offset: Double
  /// Nanoseconds per nanosecond.
  public var drift: Double
  /// Hard bound on the error of corrected times; nil where it is not known.
  public var bound: Duration?
  /// Planned steps of the clock: from each on, another line holds.
  public var steps: [Step] = []
  public struct Step: Hashable, Sendable {
    /// On the base station's clock.
    public var at: Instant
    /// As those of the whole.
    public var offset: Double
    public var drift: Double
    public init(at: Instant, offset: Double, drift: Double) {
      self.at = at
      self.offset = offset
      self.drift = drift
    }
  }
  public init(method: Method, offset: Double, drift: Double, bound: Duration?) {
    self.method = method
    self.offset = offset
    self.drift = drift
    self.bound = bound
  }
  public static let identity = ClockFit(method: .sameHost, offset: 0, drift: 0, bound: .zero)
  static let unknown = ClockFit(method: .unknown, offset: 0, drift: 0, bound: nil)

  var isIdentity: Bool { offset == 0 && drift == 0 && steps.isEmpty }

  /// `instant` on the base station's run clock.
  public func corrected(_ instant: Instant) -> Instant {
    if isIdentity { return instant }
    guard !steps.isEmpty else { return Self.corrected(instant, offset, drift) }
    return correctedAroundSteps(instant)
  }
  private static func corrected(_ instant: Instant, _ offset: Double, _ drift: Double) -> Instant {
    let correction = offset + drift * Double(instant.nanoseconds)
    guard correction.magnitude < Double(RecordFields.longest) else { return instant }
    return Instant(nanoseconds: instant.nanoseconds + Int64(correction.rounded()))
  }
  /// The first line that puts `instant` before its own end. A clock that jumps never shows what lies in between, which
  /// belongs before the jump; one that is set back stands still at the jump until it has caught up.
  private func correctedAroundSteps(_ instant: Instant) -> Instant {
    var corrected = Self.corrected(instant, offset, drift)
    for step in steps {
      guard corrected >= step.at else { return corrected }
      let behind = Self.corrected(instant, step.offset, step.drift)
      if behind < step.at { return step.at - .nanoseconds(1) }
      corrected = behind
    }
    return corrected
  }
}

extension ClockFit {
  /// Probes in a window; the one with the shortest round trip speaks for its window.
  static let window = 64

  /// The clock of `trace` against the base station's. On one host the run starts tell the difference exactly; elsewhere,
  /// or where `usesProbes`, the probes do. O(records).
  ///
  /// `steps` are those that the topology planned for this clock, at instants of the base station's: the probes before and
  /// behind each are fitted apart, so the step's size is what the probes say.
  static func fit(
    _ trace: NodeTrace, to baseStation: NodeTrace?, usesProbes: Bool, steps: [(at: Instant, by: Duration)] = []
  ) -> ClockFit {
    guard let baseStation, let header = trace.header, let reference = baseStation.header else {
      return trace.header == nil ? .identity : .unknown
    }
    if trace.role == .baseStation { return .identity }
    if header.boot == reference.boot && !usesProbes {
      guard let own = trace.runStart, let base = baseStation.runStart else { return .identity }
      return ClockFit(method: .sameHost, offset: Double(own - base), drift: 0, bound: .zero)
    }
    var probes: [Probe] = []
    for case .clockProbe(let sent, let peer, let received) in trace.records.lazy.map(\.record) where received >= sent {
      probes.append(Probe(sent: sent, peer: peer, received: received))
    }
    let instants = trace.records.lazy.map { Double($0.instant.nanoseconds) }
    let (first, last) = (instants.min() ?? 0, instants.max() ?? 0)
    guard steps.isEmpty else { return fit(probes, usedFrom: first, to: last, steps: steps) }
    return fit(probes, usedFrom: first, to: last)
  }

  struct Probe: Hashable {
    var sent: Instant
    var peer: Instant
    var received: Instant
    var roundTrip: Double { Double(received.nanoseconds - sent.nanoseconds) }
    /// The own clock's middle of the exchange.
    var middle: Double { Double(sent.nanoseconds) + roundTrip / 2 }
    var offset: Double { Double(peer.nanoseconds) - middle }
  }

  /// A line by least squares through the best probe of each window, good for own times `first` to `last` [ns].
  ///
  /// A probe's offset is wrong by at most half its round trip, so at the probes the line is wrong by at most the largest
  /// half round trip among those used, plus how far the line passes beside it.
  static func fit(_ probes: [Probe], usedFrom first: Double, to last: Double) -> ClockFit {
    let best = shortestOfWindows(probes)
    guard let earliest = best.first?.middle, let latest = best.last?.middle else { return .unknown }
    let count = Double(best.count)
    let meanTime = best.reduce(0) { $0 + $1.middle } / count
    let meanOffset = best.reduce(0) { $0 + $1.offset } / count
    let spread = best.reduce(0) { $0 + ($1.middle - meanTime) * ($1.middle - meanTime) }
    let slant = best.reduce(0) { $0 + ($1.middle - meanTime) * ($1.offset - meanOffset) }
    let drift = spread > 0 ? slant / spread : 0
    let offset = meanOffset - drift * meanTime
    let atProbes = best.reduce(0) { max($0, $1.roundTrip / 2 + abs($1.offset - offset - drift * $1.middle)) }
    let beyond = max(0, last - latest, earliest - first)
    let bound = atProbes + beyond * driftError(atProbes, over: latest - earliest)
    return ClockFit(
      method: .probes, offset: offset, drift: drift,
      bound: .nanoseconds(Int64(min(bound, Double(RecordFields.longest)).rounded(.up))))
  }

  /// Two clocks of ordinary crystals part by no more than this.
  private static let greatestDrift = 2e-4

  /// How wrong the line's drift may be: it is off by at most `error` at both ends of what the probes cover.
  private static func driftError(_ error: Double, over covered: Double) -> Double {
    covered > 0 ? min(2 * error / covered, greatestDrift) : greatestDrift
  }

  /// Fewer than four full windows make windows smaller, down to 4 probes, so that short runs have a drift too.
  private static func shortestOfWindows(_ probes: [Probe]) -> [Probe] {
    let size = min(window, max(4, probes.count / 4))
    var best: [Probe] = []
    var start = 0
    while start < probes.count {
      // A short rest would speak with few probes; it joins the last window.
      let end = probes.count - start < 2 * size ? probes.count : start + size
      if let shortest = probes[start..<end].min(by: { $0.roundTrip < $1.roundTrip }) { best.append(shortest) }
      start = end
    }
    return best
  }
}
