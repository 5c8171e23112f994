import EdgeModel
import TraceLog

/// Gives every task its group, and an outcome to those whose device could not.
struct Conclusion: Sendable {
  private let description: RunDescription
  private let traces: [TraceOutline]
  /// Which node carries a device: the description's word, or the trace that offered its tasks.
  private let nodes: [DeviceID: String]

  init(description: RunDescription, traces: [TraceOutline]) {
    self.description = description
    self.traces = traces
    var nodes: [DeviceID: String] = [:]
    for node in description.nodes { for device in node.devices { nodes[device] = node.name } }
    self.nodes = nodes
  }

  /// What was planned to happen to the worker that owes this task an answer.
  private func fate(of journey: TaskJourney) -> String? {
    guard journey.outcome == .lost, let grant = journey.grant, let end = journey.ending?.instant,
      let worker = description.name(of: grant.value.grant.worker)
    else { return nil }
    return description.fate(of: worker, from: grant.instant, to: end)
  }

  func conclude(_ journey: inout TaskJourney) {
    journey.group = journey.offer?.value.group ?? description.group(of: journey.id.device)?.name ?? ""
    if let ending = journey.ending?.value {
      (journey.outcome, journey.cause) = (ending.outcome, ending.cause)
      if let fate = fate(of: journey) { journey.cause += ", \(fate)" }
      return
    }
    journey.outcome = .lost
    let trace = journey.offer.map { traces[$0.place.trace] }
    let node = trace?.node ?? nodes[journey.id.device] ?? "device \(journey.id.device.number)"
    let isDead = trace.map { !$0.isOrderly } ?? traces.contains { $0.node == node && !$0.isOrderly }
    if isDead { journey.cause = "\(node) died" } else { journey.cause = description.interruption ?? "no end recorded" }
  }
}
