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

  func conclude(_ journey: inout TaskJourney) {
    journey.group = journey.offer?.value.group ?? description.group(of: journey.id.device)?.name ?? ""
    if let ending = journey.ending?.value {
      (journey.outcome, journey.cause) = (ending.outcome, ending.cause)
      return
    }
    journey.outcome = .lost
    let trace = journey.offer.map { traces[$0.place.trace] }
    let node = trace?.node ?? nodes[journey.id.device] ?? "device \(journey.id.device.number)"
    let isDead = trace.map { !$0.isOrderly } ?? traces.contains { $0.node == node && !$0.isOrderly }
    if isDead { journey.cause = "\(node) died" } else { journey.cause = description.interruption ?? "no end recorded" }
  }
}
