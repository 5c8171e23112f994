import EdgeModel
import TraceLog
import Units

extension RunDescription {
  /// What the traces themselves tell of a run that no launcher described: nodes that were started by hand.
  init(inferredFrom traces: [NodeTrace]) {
    let header = traces.lazy.compactMap(\.header).first
    self.init(
      run: header?.run ?? "", topology: "", topologySHA256: header?.topologySHA256 ?? "", duration: .zero,
      version: header?.version ?? "", bandwidth: .zero, frame: .zero, lead: .zero, guardTime: .zero, policy: "")
    for trace in traces where node(trace.node) == nil {
      nodes.append(Node(name: trace.node, role: trace.role ?? .device, host: trace.header?.host ?? ""))
    }
    for trace in traces { learn(from: trace) }
    groups.sort { $0.firstDevice < $1.firstDevice }
  }

  private mutating func learn(from trace: NodeTrace) {
    var devices: Set<DeviceID> = []
    for stamped in trace.records {
      switch stamped.record {
      case .taskOffered(let task, let name, _, _, _):
        if devices.insert(task.id.device).inserted { learn(task, group: name) }
        duration = max(duration, task.generated - .start)
      case .frameStarted(let number, let edge) where number.number > 0 && frame == .zero:
        frame = (edge - .start) / number.number
      case .frameAllocated(let summary):
        if summary.bandwidth > bandwidth { bandwidth = summary.bandwidth }
        if policy.isEmpty && !summary.fallback { policy = summary.policy }
      case .workerReady(let capability) where accuracies.isEmpty: accuracies = capability.accuracies
      default: break
      }
    }
    guard let index = nodes.firstIndex(where: { $0.name == trace.node }) else { return }
    nodes[index].devices = Set(nodes[index].devices).union(devices).sorted()
  }

  private mutating func learn(_ task: InferenceTask, group name: String) {
    let device = task.id.device
    guard let index = groups.firstIndex(where: { $0.name == name }) else {
      groups.append(
        Group(
          name: name, firstDevice: device, count: 1, requiredAccuracy: task.requiredAccuracy,
          deadline: task.deadline - task.generated))
      return
    }
    let last = max(device.number, groups[index].firstDevice.number + groups[index].count - 1)
    groups[index].firstDevice = min(device, groups[index].firstDevice)
    groups[index].count = last - groups[index].firstDevice.number + 1
  }
}
