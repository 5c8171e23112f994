import EdgeModel
import Units

/// What planned faults mean for the nodes that have to live with them.
extension TopologyCommandLines {
  /// How long a silent base station counts as alive when it is not to stand still: the nodes' own default.
  private static let silence = Duration.seconds(2)
  /// Behind the last deadline nobody waits for a device any more, its own patience of 1 s included.
  private static let farewell = Duration.seconds(2)

  /// For the base station: how its bandwidth goes, and whom it may lose.
  var stationFaults: [String] {
    let steps = topology.faults.bandwidthFactor.steps.flatMap { step in
      ["--bandwidth-step", "\(text(step.from - .start))=\(text(topology.cell.bandwidth * step.factor))"]
    }
    return steps + (losses.isEmpty ? [] : ["--may-lose", losses.joined(separator: ",")])
  }

  /// For a worker: how fast its engine is.
  func engineFaults(of worker: String) -> [String] {
    topology.faults.engineSpeed(of: worker).steps.flatMap { step in
      ["--engine-step", "\(text(step.from - .start))=\(text(step.factor))"]
    }
  }

  /// For those that would take a base station that stands still for a dead one.
  var silenceFaults: [String] {
    topology.longestStandstill.map { ["--silence", text(Self.silence + $0)] } ?? []
  }

  /// `NAME`, or `NAME=TIME` where the run waits until then for it to come back. What happens to the base station is
  /// nobody's loss but everybody's.
  private var losses: [String] {
    var faults: [String: [PlannedFault]] = [:]
    for fault in topology.faults where fault.endsOrStopsProcess {
      if let node = fault.node, node != NodeNames.baseStation { faults[node, default: []].append(fault) }
    }
    return faults.sorted { $0.key < $1.key }.map { node, faults in
      guard let until = awaited(faults.sorted { $0.at < $1.at }) else { return node }
      return "\(node)=\(text(until - .start))"
    }
  }
  /// Until when the loss of a node to which these happen, in this order, is for a while: to the end where it comes back
  /// from the last, else until the last if it came back from those before.
  private func awaited(_ faults: [PlannedFault]) -> Instant? {
    guard let last = faults.last else { return nil }
    if last.nodeIsBack != nil { return lastDeadline + Self.farewell }
    return faults.count > 1 ? last.at : nil
  }
  private var lastDeadline: Instant { .start + topology.duration + (topology.groups.map(\.deadline).max() ?? .zero) }
}

extension Topology {
  /// The base station's longest planned pause; nil without one.
  var longestStandstill: Duration? {
    faults.compactMap { fault -> Duration? in
      if case .pause(NodeNames.baseStation, let time) = fault.kind { time } else { nil }
    }.max()
  }
}
