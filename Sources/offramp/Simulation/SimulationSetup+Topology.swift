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
    let model = checked.model
    guard topology.policy.name != ExternalPolicy.name else {
      throw CommandFailure(
        "virtual time cannot wait for a process of your own", at: "the policy '\(topology.policy.name)'",
        remedy: "run it live, or choose another with --policy")
    }
    let simulated = SimulatedModel(
      featureBytes: model.blocks.map { $0.inputValues * MemoryLayout<Float>.stride },
      accuracies: model.exits.map(\.accuracy), answers: ModelAnswers(try HeldOutImages(model)))
    let tables = try topology.workers.map(Self.table)
    let profiles = zip(tables, topology.workers).map { $0.profiles(upTo: $1.instances) }
    try self.init(topology, model: simulated, profiles: profiles.compactMap(\.last))
    engineProfiles = profiles
    dispersions = tables.map(\.dispersion)
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

  private static func table(of worker: WorkerDescription) throws -> LatencyTable {
    guard let file = worker.latencyTable ?? worker.profile else {
      throw CommandFailure(
        "the worker '\(worker.name)' has no latencies to go by", at: "its engine is measured at readiness",
        remedy:
          "run it live once and give it the file that leaves in ~/.cache/offramp as its profile, or write engine: "
          + "paced with a latency_table")
    }
    return try LatencyTable(file: file)
  }
}
