public import EdgeModel
import TraceLog
import Units

extension RunDescription {
  /// A fault that the topology planned, and what became of it.
  public struct Fault: Hashable, Sendable {
    public var plan: PlannedFault
    /// When it took effect; nil where it did not, because its node was gone or the run over.
    public var effect: Instant?
    /// When somebody noticed first, and who; nil where nobody did.
    public var noticed: Instant?
    public var noticedBy: String?
    public init(_ plan: PlannedFault, effect: Instant? = nil, noticed: Instant? = nil, noticedBy: String? = nil) {
      self.plan = plan
      self.effect = effect
      self.noticed = noticed
      self.noticedBy = noticedBy
    }
  }

  /// Takes the topology's faults over: which they are, and what they mean for the nodes.
  public mutating func plan(_ faults: [PlannedFault]) {
    self.faults = faults.map { Fault($0) }
    for index in nodes.indices {
      let own = faults.filter { $0.node == nodes[index].name }
      nodes[index].hasPlannedFault = own.contains(where: \.endsOrStopsProcess)
      let steps = own.contains { if case .clock = $0.kind { true } else { false } }
      nodes[index].usesClockProbes = nodes[index].usesClockProbes || steps
    }
  }

  // MARK: What faults explain

  /// Whether a planned fault explains that this part of a node's trace has no footer: the node was killed in that life.
  func explainsMissingFooter(of node: String, part: Int) -> Bool {
    guard !faults.isEmpty else { return self.node(node)?.hasPlannedFault ?? false }
    let deaths = faults.count { $0.effect != nil && $0.plan.node == node && $0.plan.isDeath }
    return part <= deaths
  }

  /// The cell's bandwidth at an instant: a frame that begins at or behind a step has it.
  func bandwidth(at instant: Instant) -> Hertz {
    guard frame > .zero, !bandwidthFactor.steps.isEmpty else { return bandwidth }
    let number = Int((instant - .start) / frame)
    let edges = [number + 1, number, number - 1].map { FrameGrid(length: frame, lead: lead).start(of: FrameID($0)) }
    return bandwidth * bandwidthFactor.factor(at: edges.first { $0 <= instant } ?? instant)
  }
  var bandwidthFactor: StepSchedule { faults.map(\.plan).bandwidthFactor }

  /// The steps that a node's clock made, by the base station's, in order.
  func clockSteps(of node: String) -> [(at: Instant, by: Duration)] {
    faults.compactMap { fault in
      guard case .clock(node, let step) = fault.plan.kind, let effect = fault.effect else { return nil }
      return (effect, step)
    }.sorted { $0.at < $1.at }
  }
  /// How far planned steps put a node's clock ahead at most: it keeps instants by its own clock.
  func greatestLead(of node: String) -> Duration {
    var (lead, greatest) = (Duration.zero, Duration.zero)
    for step in clockSteps(of: node) {
      lead += step.by
      greatest = max(greatest, lead)
    }
    return greatest
  }
  /// What planned steps may add to, or take from, a time that a node measured.
  func clockSlack(of node: String) -> Duration {
    clockSteps(of: node).reduce(.zero) { $0 + ($1.by < .zero ? .zero - $1.by : $1.by) }
  }

  /// What happened to `worker` between a task's grant and its device's end of patience; nil: nothing that was planned.
  func fate(of worker: String, from granted: Instant, to end: Instant) -> String? {
    for fault in faults where fault.plan.node == worker && fault.plan.endsOrStopsProcess {
      guard let effect = fault.effect, effect <= end, fault.plan.nodeIsBack.map({ granted <= $0 }) ?? true else {
        continue
      }
      switch fault.plan.kind {
      case .stop: return "\(worker) was stopped"
      case .pause: return "\(worker) stood still"
      default: return "\(worker) died"
      }
    }
    return nil
  }
  /// The name of worker `number`: the description lists them in the topology's order.
  func name(of worker: WorkerID) -> String? {
    let names = nodes.filter { $0.role == .edgeWorker }.map(\.name)
    return names.indices.contains(worker.number) ? names[worker.number] : nil
  }
}

extension PlannedFault {
  /// The process dies without a word.
  var isDeath: Bool {
    switch kind {
    case .kill, .restart: true
    default: false
    }
  }
}
