import Allocation
import EdgeModel
import EdgeSimulation
import Inference
import TopologyFiles

extension SimulationSetup {
  /// A checked topology's setup: its workers by their latency tables or profiles, its model by the answers it gave when it
  /// was made.
  init(_ checked: CheckedTopology) throws {
    let topology = checked.topology
    guard topology.policy.name != ExternalPolicy.name else {
      throw CommandFailure(
        "virtual time cannot wait for a process of your own", at: "the policy '\(topology.policy.name)'",
        remedy: "run it live, or choose another with --policy")
    }
    let models = try checked.models.enumerated().map { number, manifest in
      let simulated = SimulatedModel(
        featureBytes: manifest.blocks.map { $0.inputValues * MemoryLayout<Float>.stride },
        accuracies: manifest.exits.map(\.accuracy), answers: ModelAnswers(try HeldOutImages(manifest)))
      let tables = try topology.workers.map { try Self.table(of: $0, model: number) }
      let profiles = zip(tables, topology.workers).map { $0.profiles(upTo: $1.instances) }
      var model = FurtherModel(simulated, profiles: profiles.compactMap(\.last))
      model.engineProfiles = profiles
      model.dispersions = tables.map(\.dispersion)
      return model
    }
    try self.init(topology, model: models[0].model, profiles: models[0].profiles)
    (engineProfiles, dispersions) = (models[0].engineProfiles, models[0].dispersions)
    furtherModels = Array(models.dropFirst())
    do throws(UnreadableSeries) {
      let series = try TopologySeries(topology)
      (arrivals, snrTraces) = (series.arrivals, series.snr)
    } catch {
      throw CommandFailure("the file cannot be read any more", at: error.path, remedy: "leave it there during the run")
    }
    // Nothing of the wall clock or the machine: equal topologies leave equal traces.
    run = "\(topology.name)-\(topology.policy.name)-\(topology.seed)-simulated"
    version = Offramp.version
    topologySHA256 = checked.file.sha256
  }

  private static func table(of worker: WorkerDescription, model: Int) throws -> LatencyTable {
    guard let file = worker.tables[model] else {
      throw CommandFailure(
        "the worker '\(worker.name)' has no latencies to go by", at: "its engine is measured at readiness",
        remedy:
          "run it live once and give it the file that leaves in ~/.cache/offramp as its profile, or write engine: "
          + "paced with a latency_table")
    }
    return try LatencyTable(file: file)
  }
}
