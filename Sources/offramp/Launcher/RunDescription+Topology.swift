import EdgeModel
import Inference
import TopologyFiles
import TraceAnalysis

extension RunDescription {
  /// What a run of `checked` is asked to be.
  init(_ checked: CheckedTopology, run: String, nodes: [Node]) {
    let topology = checked.topology
    self.init(
      run: run, topology: topology.name, topologySHA256: checked.file.sha256, seed: topology.seed,
      duration: topology.duration, version: Offramp.version,
      bandwidth: topology.cell.bandwidth, frame: topology.timing.length, lead: topology.timing.lead,
      guardTime: topology.timing.guardTime, policy: topology.policy.name, fallback: topology.policy.fallback,
      groups: topology.groups.map(Group.init),
      nodes: nodes, limits: topology.limits, accuracies: checked.models[0].exits.map(\.accuracy),
      overrides: checked.overrides)
    furtherAccuracies = checked.models.dropFirst().map { $0.exits.map(\.accuracy) }
    plan(topology.faults)
  }
}

extension RunDescription.Machine {
  /// The one this runs on.
  static var current: Self {
    let machine = Machine.current()
    return Self(cpu: machine.processor, cores: machine.cores)
  }
}

extension RunDescription.Node {
  init(_ line: NodeCommandLine, host: String) {
    self.init(name: line.name, role: line.role, host: host, devices: line.devices.map { DeviceID($0) })
  }
}

extension RunDescription.Group {
  init(_ group: DeviceGroup) {
    self.init(
      name: group.name, firstDevice: group.firstDevice, count: group.count, requiredAccuracy: group.requiredAccuracy,
      deadline: group.deadline, model: group.model)
  }
}
