import EdgeModel
import Foundation
import Inference
import TopologyFiles
import TraceAnalysis

extension RunDescription {
  /// What a run of `checked` is asked to be.
  init(_ checked: CheckedTopology, run: String, nodes: [NodeCommandLine], startedAt: Date) {
    let topology = checked.topology
    let machine = Inference.Machine.current()
    let host = hostName()
    self.init(
      run: run, topology: topology.name, topologySHA256: checked.file.sha256, seed: topology.seed,
      duration: topology.duration, startedAt: startedAt.ISO8601Format(), version: Offramp.version,
      bandwidth: topology.cell.bandwidth, frame: topology.timing.length, lead: topology.timing.lead,
      guardTime: topology.timing.guardTime, policy: topology.policy.name, fallback: topology.policy.fallback,
      groups: topology.groups.map(Group.init),
      nodes: nodes.map { line in
        Node(name: line.name, role: line.role, host: host, devices: line.devices.map { DeviceID($0) })
      },
      limits: topology.limits, accuracies: checked.model.exits.map(\.accuracy),
      machine: Machine(cpu: machine.processor, cores: machine.cores), overrides: checked.overrides)
  }
}

extension RunDescription.Group {
  init(_ group: DeviceGroup) {
    self.init(
      name: group.name, firstDevice: group.firstDevice, count: group.count, requiredAccuracy: group.requiredAccuracy,
      deadline: group.deadline)
  }
}
