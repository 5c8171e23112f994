import EdgeModel
import Nodes
import Units

/// What happens in a run besides what its nodes do. Nodes are meant by their index in `SimulationSetup.nodes`.
enum FaultStep {
  /// A planned fault, in the topology's order, and the end of a pause or of the time that a restarted node is gone.
  case begins(Int)
  case ends(Int)
  /// Everybody beats, and looks who has been silent.
  case tick
  case beat(from: Int, to: Int)
  /// What the base station hears of a node besides the node's own messages.
  case hello(Int, part: Int)
  case goodbye(Int)
  case finished(Int, part: Int)
  /// A node asks the base station's clock; what it showed then goes there and back.
  case probe(Int, part: Int)
  case probeAsked(Int, part: Int, sent: Instant)
  case probeAnswered(Int, part: Int, sent: Instant, peer: Instant)
}

/// The state that planned faults need: who lives, who stands still, who has heard whom, and whose clock shows what.
///
/// Nodes notice each other as they do live (`PeerLiveness`): beats go over the same links as messages, and a look every
/// beat tells who has been silent too long. The base station goes on without whom it lost; the others end without it.
struct FaultDriver {
  struct Condition {
    /// Which of its lives.
    var part = 1
    /// Dead, or left in order.
    var isGone = false
    var isStill = false
    /// What could not be handled meanwhile, in the order of the instants.
    var waiting: [Simulation.Step] = []
    /// Whether the base station counts on it, and when it heard it last.
    var isPresent = true
    var heard = Instant.start
    /// When it heard the base station last.
    var heardStation = Instant.start
    /// An emulator whose devices are done.
    var isFinished = false
  }
  let faults: [PlannedFault]
  var conditions: [Condition]
  /// What each node's clock shows.
  let clocks: [SteppedClock]
  /// The questions to the base station's clock, and the answers, of nodes whose clocks step: a connection of its own.
  var probes: [Int: (up: LinkQueue, down: LinkQueue)] = [:]
  /// When each fault took effect.
  var effects: [Instant?]
  /// Whether nodes must watch each other.
  let watches: Bool
  /// How long the base station may be silent before the others end.
  let silence: Duration
  /// Until when the run does not end though this node is gone, since it is to come back.
  let awaitedUntil: [Instant?]
  /// Indices of the lives of restarted nodes, by node.
  private let lives: [Int: [Int]]
  /// The windows in which each node stands still.
  private let pauses: [[(from: Instant, end: Instant)]]
  /// What the nodes of earlier lives handled.
  var pastEvents = 0

  /// As often as live nodes ask.
  static let probeInterval = Duration.milliseconds(150)
  /// Behind the last deadline nobody waits for a device any more, its own patience included.
  private static let farewell = Duration.seconds(2)

  /// nil where the topology plans no fault.
  init?(_ setup: SimulationSetup) {
    let topology = setup.topology
    guard !topology.faults.isEmpty else { return nil }
    faults = topology.faults
    let whole = setup.nodes.filter { $0.part == 1 }
    conditions = whole.map { _ in Condition() }
    effects = faults.map { _ in nil }
    watches = topology.faults.contains { fault in
      switch fault.kind {
      case .kill, .stop, .pause, .restart, .loss, .delay: true
      case .bandwidth, .engine, .clock: false
      }
    }
    let faults = topology.faults
    clocks = whole.map { node in
      SteppedClock(
        faults.compactMap { fault in
          if case .clock(node.name, let step) = fault.kind { (fault.at, step) } else { nil }
        })
    }
    pauses = whole.map { node in
      faults.compactMap { fault in
        if case .pause(node.name, let time) = fault.kind { (fault.at, fault.at + time) } else { nil }
      }
    }
    silence = PeerLiveness.patience + (pauses[0].map { $0.end - $0.from }.max() ?? .zero)
    let lastDeadline = Instant.start + topology.duration + (topology.groups.map(\.deadline).max() ?? .zero)
    awaitedUntil = whole.map { node in
      let own = faults.filter { $0.node == node.name && $0.endsOrStopsProcess }.sorted { $0.at < $1.at }
      guard let last = own.last else { return nil }
      return last.nodeIsBack != nil ? lastDeadline + Self.farewell : own.count > 1 ? last.at : nil
    }
    var lives: [Int: [Int]] = [:]
    for (index, node) in setup.nodes.enumerated() where node.part > 1 {
      if let first = whole.firstIndex(where: { $0.name == node.name }) { lives[first, default: []].append(index) }
    }
    self.lives = lives
    for (index, node) in whole.enumerated() where faults.contains(where: { $0.isOfClock(of: node.name) }) {
      probes[index] = Self.probeLinks(setup, index, isWorker: index <= topology.workers.count)
    }
  }

  private static func probeLinks(
    _ setup: SimulationSetup, _ node: Int, isWorker: Bool
  ) -> (up: LinkQueue, down: LinkQueue) {
    let links = setup.topology.simulation.links
    func queue(_ purpose: StaticString) -> LinkQueue {
      let stream = RandomStream(seed: setup.topology.seed, device: DeviceID(node), purpose: purpose)
      let kind: PlannedFault.Link = isWorker ? .stationWorker : .deviceStation
      return LinkQueue(
        isWorker ? links.stationWorker : links.deviceStation,
        faults: LinkFaults(setup.topology.faults, on: kind, stream: stream))
    }
    return (queue("loss of clock questions"), queue("loss of clock answers"))
  }

  /// Where the trace of a node's life stands in `SimulationSetup.nodes`.
  func trace(of node: Int) -> Int {
    let part = conditions[node].part
    return part == 1 ? node : lives[node]?[part - 2] ?? node
  }

  /// An engine's event with its times as its worker's clock shows them. What was due while the worker stood still was
  /// done when it went on.
  func asShown(_ event: Event<EdgeWorker>, to node: Int) -> Event<EdgeWorker> {
    guard case .received(.engine(.blockRan(var run, let answers))) = event else { return event }
    func shown(_ instant: Instant) -> Instant {
      let pause = pauses[node].first { $0.from <= instant && instant < $0.end }
      return clocks[node].reading(at: pause?.end ?? instant)
    }
    run.start = shown(run.start)
    run.end = shown(run.end)
    return .received(.engine(.blockRan(run, answers: answers)))
  }
}

extension PlannedFault {
  func isOfClock(of name: String) -> Bool { if case .clock(name, _) = kind { true } else { false } }
}
