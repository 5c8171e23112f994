import EdgeModel
import EdgeSimulation
import TraceAnalysis
import TraceLog

extension Run {
  /// A simulated run as the analysis loads it.
  init(_ setup: SimulationSetup, _ traces: [SimulatedTrace], effects: [Instant?] = []) {
    let topology = setup.topology
    var description = RunDescription(
      run: setup.run, topology: topology.name, seed: topology.seed, duration: topology.duration, isSimulated: true,
      bandwidth: topology.cell.bandwidth, frame: topology.timing.length, lead: topology.timing.lead,
      guardTime: topology.timing.guardTime, policy: topology.policy.name, fallback: topology.policy.fallback,
      groups: topology.groups.map { group in
        RunDescription.Group(
          name: group.name, firstDevice: group.firstDevice, count: group.count,
          requiredAccuracy: group.requiredAccuracy, deadline: group.deadline, model: group.model)
      },
      nodes: traces.filter { $0.node.part == 1 }.map {
        RunDescription.Node(name: $0.node.name, role: $0.node.role, devices: $0.node.devices)
      },
      limits: topology.limits, accuracies: setup.model.accuracies)
    description.furtherAccuracies = setup.furtherModels.map(\.model.accuracies)
    description.plan(topology.faults)
    for (index, effect) in effects.enumerated() { description.faults[index].effect = effect }
    self.init(
      description: description,
      traces: traces.map { trace in
        NodeTrace(
          node: trace.node.name, part: trace.node.part,
          records: trace.entries.enumerated().map { sequence, entry in
            StampedRecord(sequence: sequence, instant: entry.instant, record: entry.record)
          })
      })
  }
}

extension [SimulatedTrace] {
  /// Every node's records, node by node.
  var records: [TraceRecord] { flatMap { $0.entries.map(\.record) } }
}
