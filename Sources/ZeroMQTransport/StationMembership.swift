import EdgeModel
import TraceLog
import Wire
import ZeroMQ

/// Where in a run a node comes in.
enum Beginning {
  case atStart
  /// It was started again, and begins in the run's own time.
  case underWay
}

/// What an emulator and a worker have in common: they belong to a base station, keep its time, and watch that it lives.
struct StationMembership {
  let name: String
  let station: String
  /// Ask the base station's clock even on its own host.
  let forced: Bool
  /// How long the base station may be silent [ns].
  private let silence: Int64
  private(set) var run = ""
  private(set) var beginning = Beginning.atStart
  private(set) var clock = RunClock(start: 0)
  /// The run's start on the base station's CLOCK_MONOTONIC [ns].
  private var stationStart: Int64 = 0
  private var prober: ClockProber?
  private var rehearsals = 0
  /// The last message refused before the start: it may be why there is none.
  private var refused: String?
  private var liveness = Liveness<String>(now: monotonicNow())

  init(name: String, station: String, forced: Bool, silence: Duration) {
    self.silence = silence.nanoseconds
    self.name = name
    self.station = station
    self.forced = forced
  }

  // MARK: Before the run

  /// Takes the base station's welcome; connects to its clock where the own one is another.
  mutating func join(_ welcome: StationWelcome, _ context: Context, _ poll: inout PollSet) throws(ZeroMQError) {
    run = welcome.run
    beginning = welcome.isUnderWay ? .underWay : .atStart
    guard forced || welcome.boot != HostIdentity.boot || welcome.boot.isEmpty else { return }
    let endpoint = Endpoint.reachable(welcome.clockEndpoint, via: station)
    prober = try ClockProber(context, to: endpoint, name: name, poll: &poll)
  }
  /// The clocks have been compared often enough to start.
  var isRehearsed: Bool { prober == nil || rehearsals >= ClockProber.rehearsal }
  /// When the next probe before the start is due [ns]; never, where none is.
  var rehearsalDue: Int64 { isRehearsed ? .max : prober?.due ?? .max }
  mutating func rehearse(_ poll: inout PollSet) throws(ZeroMQError) {
    guard !isRehearsed, let prober, prober.due <= monotonicNow() else { return }
    try prober.probe(&poll, every: 5_000_000)
    rehearsals += 1
  }
  mutating func begin(at monotonic: Int64) {
    stationStart = monotonic
    clock = RunClock(start: monotonic + (prober?.offset ?? 0))
    liveness = Liveness(now: monotonicNow())
    hearStation()
  }
  mutating func noteBeforeStart(_ refused: String) { self.refused = refused }
  func timeout(after patience: Duration) -> NodeFailure {
    let heard = refused.map { "the last message was refused (\($0))" } ?? "nothing"
    return NodeFailure(
      "the run did not start, \(station): \(heard) after \(patience.components.seconds) s; start the base station and every node it expects"
    )
  }

  // MARK: The run

  mutating func hearStation() { liveness.hear("base-station", at: monotonicNow()) }
  /// When the next beat or probe is due [ns].
  var due: Int64 { min(liveness.nextBeat, prober?.due ?? .max) }
  /// Sends a probe where one is due; whether a beat is due too.
  mutating func keepAlive(_ poll: inout PollSet) throws(ZeroMQError) -> Bool {
    let now = monotonicNow()
    if let prober, prober.due <= now { try prober.probe(&poll) }
    return liveness.isDue(at: now)
  }
  func flush(_ poll: inout PollSet) throws(ZeroMQError) { try prober?.flush(&poll) }
  var stationIsSilent: Bool { liveness.silent(at: monotonicNow(), for: silence) != nil }
  /// Exchanges with the base station's clock that came back.
  func hearProbes(_ poll: borrowing PollSet) throws(ZeroMQError) -> [TraceRecord] {
    guard let prober else { return [] }
    return try prober.receive(poll).map { exchange in
      .clockProbe(
        sent: Instant(nanoseconds: exchange.asked - clock.start),
        peer: Instant(nanoseconds: exchange.answered - stationStart),
        received: Instant(nanoseconds: exchange.received - clock.start))
    }
  }
}

extension Duration {
  /// Whole nanoseconds.
  var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}
