import EdgeModel
import TopologyFiles

/// Which planned faults can happen to real processes.
enum LiveFaults {
  /// Throws one line where a fault can only be simulated.
  static func check(_ checked: CheckedTopology) throws(CommandFailure) {
    guard let fault = checked.topology.faults.first(where: { !isPossible($0) }) else { return }
    throw CommandFailure(
      "'\(fault)' cannot happen to real processes", at: checked.file.path,
      remedy: "leave it out, or run the topology with 'offramp simulate'")
  }

  private static func isPossible(_ fault: PlannedFault) -> Bool {
    switch fault.kind {
    case .kill, .stop, .pause, .restart, .bandwidth, .engine: true
    case .loss, .delay, .clock: false
    }
  }
}
