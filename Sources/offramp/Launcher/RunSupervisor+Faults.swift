import EdgeModel
import Glibc
import TraceLog
import Units

/// What the topology plans for the run's processes, at its instants.
extension RunSupervisor {
  /// How long, behind the base station's end, the others may take to notice: their patience with its silence and what
  /// they then have to write.
  private static let wake = Duration.seconds(8)
  /// Between two looks at a process that is to be started again and has not gone yet.
  private static let goneCheck = Duration.milliseconds(1)

  /// When there is something to do next [ns of CLOCK_MONOTONIC]; never, where nothing is left.
  func nextFault(since start: Int64) -> Int64 {
    let step = faults.steps.first.map { start + ($0.at - .start).inNanoseconds }
    return min(step ?? .max, lastCall ?? .max)
  }
  /// When those that have missed the base station's end are ended; nil while it runs, and once that is done.
  private var lastCall: Int64? {
    guard nodes.contains(where: { $0.process.isRunning && !$0.wasStopped }) else { return nil }
    return stationEnd.map { $0 + (Self.wake + (topology.longestStandstill ?? .zero)).inNanoseconds }
  }

  /// Makes happen what is due.
  mutating func applyFaults(since start: Int64) throws(RunFailure) {
    while let step = faults.popDue(at: Instant(nanoseconds: monotonicNow() - start)) { try apply(step, since: start) }
    guard let lastCall, lastCall <= monotonicNow() else { return }
    for index in nodes.indices where nodes[index].process.isRunning {
      nodes[index].wasStopped = true
      nodes[index].process.send(SIGTERM)
    }
  }

  private mutating func apply(_ step: ProcessFaults.Step, since start: Int64) throws(RunFailure) {
    guard let index = nodes.lastIndex(where: { $0.name == step.node }) else { return }
    switch step.action {
    case .signal(let signal):
      // The run may have ended early.
      guard nodes[index].process.isRunning else { return }
      nodes[index].suffer(signal)
    case .start:
      // Without a base station there is nothing to come back to.
      guard stationEnd == nil else { return }
      guard !nodes[index].process.isRunning else {
        return faults.postpone(step, until: Instant(nanoseconds: monotonicNow() - start) + Self.goneCheck)
      }
      let line = nodes[index].line
      try begin(listening[line.name].map(line.listening) ?? line)
      nodes[nodes.count - 1].isFaulted = true
    }
    if step.isFirst {
      effects.append(FaultEffect(fault: step.fault, at: Instant(nanoseconds: monotonicNow() - start)))
    }
  }

  /// Who of those that have just ended did so in the wake of the base station: because the topology takes it away, or
  /// because it has ended the run while they stood still or were starting.
  mutating func noteEnds(of reaped: [Int]) {
    guard let station = nodes.first(where: { $0.line.role == .baseStation }) else { return }
    let endedRun = station.process.end == .status(0)
    if stationEnd == nil, endedRun || station.endedAsPlanned {
      stationEnd = monotonicNow()
      // There is nothing left to stand still for.
      for index in nodes.indices where nodes[index].isPaused { nodes[index].suffer(SIGCONT) }
    }
    for index in reaped {
      guard case .status = nodes[index].process.end else { continue }
      nodes[index].endedInWake = station.plannedEnd != nil || (endedRun && nodes[index].isFaulted)
    }
  }
}

extension NodeProcess {
  /// Sends a signal that the topology plans.
  fileprivate mutating func suffer(_ signal: Int32) {
    isFaulted = true
    switch signal {
    case SIGSTOP: isPaused = true
    case SIGCONT: isPaused = false
    default: plannedEnd = signal
    }
    process.send(signal)
  }
}
