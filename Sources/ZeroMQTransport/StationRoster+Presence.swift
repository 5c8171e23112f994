import EdgeModel
import Nodes
import Wire

/// Who is there in mid-run, and who comes back.
extension StationRoster {
  func isPresent(_ peer: PeerName) -> Bool { presence(of: peer) == .present }
  func presence(of peer: PeerName) -> Presence? { emulators[peer]?.presence ?? workers[peer]?.presence }
  /// Whether the run goes on without `peer`.
  func mayLose(_ peer: PeerName) -> Bool {
    (emulators[peer]?.name ?? workers[peer]?.name).map(losses.include) ?? false
  }
  var presentEmulators: [PeerName] { emulators.filter { $0.value.presence == .present }.map(\.key) }
  var presentWorkers: [PeerName] { workers.filter { $0.value.presence == .present }.map(\.key) }

  /// What is wrong with who says hello in mid-run, or nil: a node that was started again is what it was.
  func fault(in hello: EmulatorHello, of peer: PeerName) -> String? {
    guard let known = emulators[peer], known.name == hello.name else { return "it did not belong to the run before" }
    return known.devices == hello.devices ? nil : "it carries other devices than before; give it the same --devices"
  }
  func fault(in hello: WorkerHello, of peer: PeerName) -> String? {
    guard let known = workers[peer], known.name == hello.name else { return "it did not belong to the run before" }
    return known.endpoint == hello.endpoint
      ? nil : "devices know it at \(known.endpoint); start it there again (--listen)"
  }
  /// What is wrong with what a worker that was started again can do: plans go by what it could before.
  func fault(in readiness: WorkerReadiness, of peer: PeerName) -> String? {
    guard let known = workers[peer]?.readiness else { return "it was not ready before" }
    let isEqual =
      known.maxBatch == readiness.maxBatch && known.instances == readiness.instances
      && known.models.map(\.featureBytes) == readiness.models.map(\.featureBytes)
      && known.models.map(\.accuracies) == readiness.models.map(\.accuracies)
    return isEqual ? nil : "it has another model, batch limit or number of instances than before; start it as before"
  }
}
