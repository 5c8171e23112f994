import Allocation
import EdgeModel
import Inference
import Nodes
import TraceLog
import Units

/// The nodes, as the programs make them.
extension SimulationSetup {
  /// Contiguous shares of the devices, the first ones larger by one where they do not divide evenly.
  var emulatorShares: [Range<Int>] {
    let (count, parts) = (topology.deviceCount, min(topology.emulators, max(topology.deviceCount, 1)))
    let starts = (0...parts).map { part in part * (count / parts) + min(part, count % parts) }
    return zip(starts, starts.dropFirst()).map { $0..<$1 }
  }

  /// What runs: the base station, workers, emulators, each in the topology's order, and those that are started again.
  public var nodes: [SimulatedNode] {
    let whole =
      [SimulatedNode(name: "base-station", role: .baseStation)]
      + topology.workers.map { SimulatedNode(name: $0.name, role: .edgeWorker) }
      + emulatorShares.enumerated().map { index, share in
        SimulatedNode(name: "devices-\(index)", role: .device, devices: share.map { DeviceID($0) })
      }
    return whole
      + restarts.compactMap { restart in
        guard var node = whole.first(where: { $0.name == restart.node }) else { return nil }
        node.part = restart.part
        return node
      }
  }
  /// In the order of their instants; the first restart makes part 2.
  private var restarts: [(node: String, part: Int)] {
    var parts: [String: Int] = [:]
    let restarts = topology.faults.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
    return restarts.compactMap { _, fault in
      guard case .restart(let node, _) = fault.kind else { return nil }
      let part = (parts[node] ?? 1) + 1
      parts[node] = part
      return (node, part)
    }
  }

  func makeEmulator(_ share: Range<Int>, resumes: Bool = false) -> DeviceEmulator {
    let quantum = uploadQuantum ?? standardQuantum
    let models = models.map(\.model)
    let devices = topology.groups.flatMap { group in
      let model = models[group.model.number]
      return group.devices.filter(share.contains).map { number in
        Device(
          DeviceConfiguration(
            id: DeviceID(number), group: group, seed: topology.seed, duration: topology.duration,
            featureBytes: model.featureBytes[0], labels: model.answers.labels, quantum: quantum,
            replayed: arrivals[DeviceID(number)] ?? [], resumes: resumes))
      }
    }
    return DeviceEmulator(devices)
  }
  /// Live chunks where they count: behind a link with a rate the first chunks of a feature go on while the later ones wait
  /// for theirs, and a link that loses messages loses chunks.
  private var standardQuantum: Duration {
    let losesChunks = topology.faults.contains { fault in
      if case .loss(.deviceWorker, share: _) = fault.kind { true } else { false }
    }
    return topology.simulation.links.deviceWorker.rate != nil || losesChunks
      ? UploadPacer.quantum(devices: topology.deviceCount) : UploadPacer.wholeFeature
  }

  func makeBaseStation() -> BaseStation {
    let longest = topology.groups.map(\.deadline).max() ?? .zero
    return BaseStation(
      BaseStationConfiguration(
        timing: topology.timing, bandwidth: topology.cell.bandwidth,
        channel: CellChannel(cell: topology.cell, groups: topology.groups, seed: topology.seed, traces: snrTraces),
        groups: topology.groups, featureBytes: models.map { $0.model.featureBytes[0] },
        policyName: topology.policy.name,
        fallbackName: topology.policy.fallback, fallback: fallback, budget: budget,
        end: .start + topology.duration + longest + topology.timing.length, workers: plannedWorkers,
        bandwidthSteps: topology.faults.bandwidthFactor.steps.map { step in
          (from: step.from, bandwidth: topology.cell.bandwidth * step.factor)
        }))
  }

  /// A worker tells the base station body and head together, and the exits' accuracy.
  private var plannedWorkers: [PlannedWorker] {
    topology.workers.enumerated().map { index, worker in
      let profiles = models.map { model in
        LatencyProfile(
          blocks: zip(model.profiles[index].blocks, model.model.accuracies).map { block, accuracy in
            let whole = LatencyCurve.table((1...worker.maxBatch).map(block.seconds)).monotone
            return BlockProfile(latency: whole, accuracy: accuracy)
          })
      }
      return PlannedWorker(
        id: WorkerID(index), name: worker.name, instances: worker.instances, maxBatch: worker.maxBatch,
        profile: profiles[0], furtherProfiles: Array(profiles.dropFirst()))
    }
  }

  func makeWorker(_ index: Int) -> EdgeWorker {
    let worker = topology.workers[index]
    let capability = WorkerCapability(
      worker: WorkerID(index), name: worker.name, engine: "simulated", isPaced: isPaced(index),
      instances: worker.instances, maxBatch: worker.maxBatch, accuracies: model.accuracies)
    return EdgeWorker(
      WorkerConfiguration(
        capability: capability, featureBytes: models.map(\.model.featureBytes),
        speed: topology.faults.engineSpeed(of: worker.name)))
  }

  /// One of a worker's instances, for each model. Throws where a profile has fewer blocks than the model.
  func makeEngines(_ index: Int, instance: Int) throws(EngineError) -> [SimulatedEngine] {
    var engines: [SimulatedEngine] = []
    for (number, model) in models.enumerated() {
      let draws = dispersion(of: index, model).map { dispersion in
        // A stream for each instance and model.
        EngineDraws(dispersion, seed: topology.seed, worker: WorkerID(index), instance: instance + number << 16)
      }
      engines.append(
        try SimulatedEngine(
          model: model.model, profiles: model.engineProfiles[index], draws: draws, isPaced: isPaced(index, model),
          largestBatch: topology.workers[index].maxBatch))
    }
    return engines
  }
  /// A replayed engine has no times of its own.
  private func dispersion(of worker: Int, _ model: FurtherModel) -> LatencyDispersion? {
    let counts = topology.simulation.engine == .dispersion && topology.workers[worker].engine != .replay
    return counts ? model.dispersions[worker] : nil
  }
  /// An engine that is not emulated takes what it takes, where that is known.
  private func isPaced(_ worker: Int, _ model: FurtherModel) -> Bool {
    topology.workers[worker].engine.isEmulated || dispersion(of: worker, model) == nil
  }
  /// What a worker says of itself: where one of its models is paced, it is.
  private func isPaced(_ worker: Int) -> Bool { models.contains { isPaced(worker, $0) } }
}
