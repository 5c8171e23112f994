import EdgeModel
import Units

/// Seeded random faults for a topology, within the rules that its reader keeps: nothing happens to the dead, one thing at a
/// time to who stands still, and steps of one kind follow one another.
struct RandomFaults {
  private var random: RandomStream
  private let topology: Topology

  init(seed: Int, _ topology: Topology) {
    random = RandomStream(seed: UInt64(seed), device: 0, purpose: "faults")
    self.topology = topology
  }

  /// The base station is spared where a run is to tell of the others.
  mutating func plan() -> [PlannedFault] {
    let emulators = min(topology.emulators, topology.deviceCount)
    let nodes = topology.workers.map(\.name) + (0..<emulators).map { "devices-\($0)" }
    var faults: [PlannedFault] = []
    for node in nodes + (chance(0.25) ? ["base-station"] : []) where chance(0.6) { faults += process(node) }
    if chance(0.4) { faults += steps { .bandwidth(factor: $0.uniform(0.1, 2)) } }
    for worker in topology.workers where chance(0.3) {
      faults += steps { .engine(worker: worker.name, factor: $0.uniform(0.1, 1)) }
    }
    for link in PlannedFault.Link.allCases {
      if chance(0.2) { faults += steps { .loss(link, share: $0.chance(0.2) ? 1 : $0.uniform(0, 0.3)) } }
      if chance(0.2) { faults += steps { .delay(link, by: .milliseconds(Int($0.uniform(1, 200)))) } }
    }
    return faults
  }

  /// What happens to one node, one after the other.
  private mutating func process(_ node: String) -> [PlannedFault] {
    var (faults, free) = ([PlannedFault](), Instant.start)
    for _ in 0..<3 {
      let at = free + .milliseconds(Int(uniform(0, topology.duration.inSeconds * 600)))
      guard at < .start + topology.duration else { break }
      let time = Duration.milliseconds(Int(uniform(1, chance(0.3) ? 4000 : 400)))
      switch Int(uniform(0, 5)) {
      case 0: return faults + [PlannedFault(.kill(node: node), at: at)]
      case 1: return faults + [PlannedFault(.stop(node: node), at: at)]
      case 2 where node != "base-station": faults.append(PlannedFault(.restart(node: node, after: time), at: at))
      case 3 where node != "base-station":
        faults.append(PlannedFault(.clock(node: node, step: .microseconds(Int(uniform(-9000, 9000)))), at: at))
      default: faults.append(PlannedFault(.pause(node: node, for: time), at: at))
      }
      free = at + time + .nanoseconds(1)
    }
    return faults
  }

  private mutating func steps(_ kind: (inout RandomFaults) -> PlannedFault.Kind) -> [PlannedFault] {
    var (faults, free) = ([PlannedFault](), Instant.start)
    for _ in 0..<Int(uniform(1, 3)) {
      let at = free + .milliseconds(Int(uniform(0, topology.duration.inSeconds * 700)))
      guard at < .start + topology.duration else { break }
      let time: Duration? = chance(0.3) ? nil : .milliseconds(Int(uniform(1, 1500)))
      faults.append(PlannedFault(kind(&self), at: at, for: time))
      free = at + (time ?? .milliseconds(1))
    }
    return faults
  }

  private mutating func uniform(_ from: Double, _ to: Double) -> Double { from + (to - from) * random.uniform() }
  private mutating func chance(_ share: Double) -> Bool { random.uniform() < share }
}
