import EdgeModel
import TraceLog

/// Who noticed planned faults, and when: the first `peerLost` that names a fault's node, or the first `faultNoticed` of
/// its kind by the node that suffers it, from the fault to the next one of its node or kind.
///
/// Nobody notices a pause that is shorter than the others' patience, a link's losses and delays, or a clock's step.
struct FaultNotices {
  private struct Notice {
    var instant: Instant
    var by: String
    /// The lost node, or the kind of fault.
    var what: String
  }
  private var losses: [Notice] = []
  private var steps: [Notice] = []

  /// `traces` are on the base station's clock.
  init(_ traces: [NodeTrace]) {
    for trace in traces {
      for stamped in trace.records {
        switch stamped.record {
        case .peerLost(let node, _): losses.append(Notice(instant: stamped.instant, by: trace.node, what: node))
        case .faultNoticed(let kind): steps.append(Notice(instant: stamped.instant, by: trace.node, what: kind))
        default: break
        }
      }
    }
    losses.sort { ($0.instant, $0.by) < ($1.instant, $1.by) }
    steps.sort { ($0.instant, $0.by) < ($1.instant, $1.by) }
  }

  /// The same faults with who noticed them. A step takes effect where its node says so.
  func fill(_ faults: [RunDescription.Fault], baseStation: String) -> [RunDescription.Fault] {
    faults.map { fault in
      var fault = fault
      let notice: Notice?
      switch fault.plan.kind {
      case .bandwidth: notice = step("bandwidth", of: fault, by: baseStation, among: faults)
      case .engine(let worker, _): notice = step("engine", of: fault, by: worker, among: faults)
      case .kill(let node), .stop(let node), .pause(let node, _), .restart(let node, _):
        notice = loss(of: node, by: fault, among: faults)
      case .loss, .delay, .clock: notice = nil
      }
      fault.noticed = notice?.instant
      fault.noticedBy = notice?.by
      if !fault.plan.endsOrStopsProcess, let notice { fault.effect = notice.instant }
      return fault
    }
  }

  private func loss(
    of node: String, by fault: RunDescription.Fault, among faults: [RunDescription.Fault]
  ) -> Notice? {
    guard let effect = fault.effect else { return nil }
    let next = faults.filter { $0.plan.node == node && $0.plan.endsOrStopsProcess }.compactMap(\.effect)
      .filter { $0 > effect }.min()
    return losses.first { $0.what == node && $0.instant >= effect && $0.instant < next ?? .distantFuture }
  }
  private func step(
    _ kind: String, of fault: RunDescription.Fault, by node: String, among faults: [RunDescription.Fault]
  ) -> Notice? {
    let next = faults.map(\.plan).filter { $0.isStep(like: fault.plan) && $0.at > fault.plan.at }.map(\.at).min()
    let end = fault.plan.duration.map { fault.plan.at + $0 }
    return steps.first { notice in
      notice.what == kind && notice.by == node && notice.instant >= fault.plan.at
        && notice.instant < min(next ?? .distantFuture, end ?? .distantFuture)
    }
  }
}

extension PlannedFault {
  fileprivate func isStep(like other: PlannedFault) -> Bool {
    switch (kind, other.kind) {
    case (.bandwidth, .bandwidth): true
    case (.engine(let own, _), .engine(let others, _)): own == others
    default: false
    }
  }
}
