import Allocation
import EdgeModel
import Inference
import TopologyFiles
import TraceAnalysis
import Units

/// A topology with what the command line asked for in its place, whose files are all there.
struct CheckedTopology {
  let file: TopologyFile
  let topology: Topology
  let overrides: RunDescription.Overrides
  /// In the order of their numbers.
  let models: [ModelManifest]

  init(path: String, overrides: RunDescription.Overrides = .init()) throws {
    try self.init(TopologyFile.read(path: path, policies: PolicyCatalog.names), overrides: overrides)
  }

  init(_ file: TopologyFile, overrides: RunDescription.Overrides = .init()) throws {
    var topology = file.topology
    if let policy = overrides.policy { try Self.choose(policy, in: &topology, of: file.path) }
    if let seed = overrides.seed { topology.seed = seed }
    if let duration = overrides.duration { topology.duration = duration }
    self.file = file
    self.topology = topology
    self.overrides = overrides
    models = try Self.checkedModels(of: topology)
    try Self.checkGroups(of: topology)
  }

  private static func choose(
    _ policy: String, in topology: inout Topology, of path: String
  ) throws(CommandFailure) {
    topology.policy.name = policy
    if policy != ExternalPolicy.name {
      let entry = try PolicyOption.entry(named: policy, knowing: topology.policy.objective)
      guard !entry.hasOpenPlans || topology.furtherModels.isEmpty else {
        throw CommandFailure(
          "the policy '\(policy)' lets workers form batches, which works with one model alone", at: path,
          remedy: "choose a policy that plans batches, or remove further_models")
      }
      topology.policy.endpoint = nil
    } else if topology.policy.endpoint == nil {
      throw CommandFailure(
        "the policy '\(policy)' has no endpoint", at: path,
        remedy: "say there where your scheduler listens, policy: {name: external, endpoint: …}")
    }
  }

  /// Reads all that the nodes will read, so that a damaged file is one line here, not a node that dies.
  private static func checkedModels(of topology: Topology) throws(EngineError) -> [ModelManifest] {
    var models: [ModelManifest] = []
    for directory in topology.models {
      let model = try ModelManifest(directory: directory)
      for file in model.files { _ = try model.read(file) }
      _ = try HeldOutImages(model)
      models.append(model)
    }
    for worker in topology.workers {
      for (model, path) in zip(models, worker.tables) {
        guard let path else { continue }
        try LatencyTable(file: path).check(
          for: model, maxBatch: worker.maxBatch, instances: worker.instances, file: path)
      }
      try ModelMemory.check(
        worker.memory, models: models.map(\.engineBytes), instances: worker.instances,
        hasCopies: worker.engine.isOnDevice, worker: worker.name)
    }
    return models
  }

  /// A group travels to its nodes in one word, which commas divide.
  private static func checkGroups(of topology: Topology) throws(CommandFailure) {
    for group in topology.groups {
      do throws(QuantityError) {
        guard try DeviceGroup(text: group.text) == group else {
          throw QuantityError("it reads back as another", remedy: "")
        }
      } catch {
        throw CommandFailure(
          "the group '\(group.name)' cannot be handed to its nodes", at: topology.name,
          remedy: "name its files without commas")
      }
    }
  }
}
