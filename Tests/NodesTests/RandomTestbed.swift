import Allocation
import EdgeModel
import EdgeSimulation
import Inference
import Nodes
import Units

/// Seeded random testbeds, rich in what goes wrong: too little bandwidth, deadlines that cannot be met, features that
/// come too late for their batch, policies that answer too late, several groups, workers and emulators.
struct RandomTestbed {
  private var random: RandomStream
  private let seed: UInt64

  init(seed: Int) {
    self.seed = UInt64(seed)
    random = RandomStream(seed: UInt64(seed), device: 0, purpose: "testbeds")
  }

  mutating func setup() throws -> SimulationSetup {
    let blocks = whole(1, 4)
    let model = model(blocks: blocks)
    let topology = topology(model)
    var setup = try SimulationSetup(
      topology, model: model, profiles: topology.workers.map { _ in profile(blocks: blocks) })
    setup.topology.simulation.links = SimulatedLinks(
      deviceStation: link(0, 800), stationWorker: link(0, 800),
      deviceWorker: chance(0.2) ? link(0, 30_000) : link(0, 500))
    setup.topology.simulation.stem = chance(0.3) ? .zero : microseconds(100, 3000)
    setup.engineProfiles = zip(setup.profiles, topology.workers).map { told, worker in
      // With fewer at work each is faster than the base station plans with.
      (1...worker.instances).map { count in count == worker.instances ? told : faster(told, count: count) }
    }
    setup.dispersions = zip(setup.engineProfiles, topology.workers).map { profiles, worker in
      chance(0.5) ? dispersion(of: profiles[0], mayExceed: worker.engine == .onnxRuntime) : nil
    }
    if !["dynamic-batching", "adaptive-batching", "aimd-batching"].contains(topology.policy.name), chance(0.3) {
      addModels(to: &setup)
    }
    if chance(0.2) { setup.engineProfiles = setup.profiles.map { [slower($0)] } }
    if chance(0.3) {
      // Often in time, often not: half a lead is what an answer has.
      let longest = topology.timing.lead
      setup.solveTime = { state, _ in longest * (Double(state.frame.number % 7) / 6) }
    }
    // Half of them chunk by chunk as live, half a feature at once.
    if chance(0.5) { setup.uploadQuantum = UploadPacer.quantum(devices: topology.deviceCount) }
    return setup
  }

  // MARK: The model

  private mutating func model(blocks: Int) -> SimulatedModel {
    let images = whole(1, 40)
    var answers: [[ExitAnswers.Answer]] = []
    let labels = (0..<images).map { _ in UInt8(whole(0, 9)) }
    for label in labels {
      answers.append(
        (0..<blocks).map { _ in
          ExitAnswers.Answer(predicted: chance(0.8) ? Int(label) : whole(0, 9), confidence: uniform(0.1, 1))
        })
    }
    return SimulatedModel(
      featureBytes: (0..<blocks).map { _ in 4 * whole(300, 8000) },
      accuracies: (0..<blocks).map { 0.7 + 0.28 * Double($0 + 1) / Double(blocks) },
      answers: ModelAnswers(labels: labels, answers: answers))
  }

  private mutating func profile(blocks: Int) -> LatencyProfile {
    let isLong = chance(0.2)
    return LatencyProfile(
      blocks: (0..<blocks).map { _ in
        BlockProfile(
          latency: .linear(alpha: uniform(0, 0.002), beta: uniform(0.0005, isLong ? 0.04 : 0.01)),
          head: chance(0.5) ? .zero : .linear(alpha: 0.0001, beta: 0.0003))
      })
  }

  /// One or two further models, which some groups use.
  private mutating func addModels(to setup: inout SimulationSetup) {
    for _ in 0..<whole(1, 2) {
      let blocks = whole(1, 4)
      let profiles = setup.topology.workers.map { _ in profile(blocks: blocks) }
      setup.furtherModels.append(SimulationSetup.FurtherModel(model(blocks: blocks), profiles: profiles))
    }
    setup.topology.furtherModels = setup.furtherModels.map { _ in "model" }
    for index in setup.topology.groups.indices {
      setup.topology.groups[index].model = ModelID(whole(0, setup.furtherModels.count))
    }
  }

  private func faster(_ profile: LatencyProfile, count: Int) -> LatencyProfile {
    let factor = 0.25 * Double(count)
    func faster(_ curve: LatencyCurve) -> LatencyCurve { .table((1...16).map { curve.seconds($0) * factor }) }
    return LatencyProfile(
      blocks: profile.blocks.map { BlockProfile(latency: faster($0.latency), head: faster($0.head)) })
  }

  /// An engine that does not keep what its worker promised.
  private mutating func slower(_ profile: LatencyProfile) -> LatencyProfile {
    let (alpha, beta) = (uniform(0, 0.01), uniform(0, 0.03))
    return LatencyProfile(
      blocks: profile.blocks.map { block in
        BlockProfile(
          latency: .table((1...16).map { block.latency.seconds($0) + alpha * Double($0) + beta }), head: block.head)
      })
  }

  /// Within what the worker promised; of a bare engine, a run in two hundred is not.
  private mutating func dispersion(of profile: LatencyProfile, mayExceed: Bool) -> LatencyDispersion {
    let row = [uniform(0.3, 0.9), 0.95, 0.99, mayExceed ? 2 : 1]
    func part(_ curve: LatencyCurve) -> LatencyDispersion.Part {
      LatencyDispersion.Part(median: (1...16).map(curve.seconds), ratios: [row])
    }
    return LatencyDispersion(
      blocks: profile.blocks.map { block in
        LatencyDispersion.Block(
          probabilities: [0, 0.5, 0.995, 1], body: part(block.latency), head: part(block.head))
      })
  }

  // MARK: The topology

  private mutating func topology(_ model: SimulatedModel) -> Topology {
    let length = Duration.milliseconds(whole(20, 120))
    var groups: [DeviceGroup] = []
    var first = 0
    for index in 0..<whole(1, 3) {
      let group = group(index, first: first, model)
      groups.append(group)
      first += group.count
    }
    let policies = [
      "best-shelf-packing", "exit-aware-shelf-packing", "equal-share", "dynamic-batching", "adaptive-batching",
      "aimd-batching",
    ]
    return Topology(
      name: "random-\(seed)", seed: seed, duration: .milliseconds(whole(300, 1500)),
      cell: Cell(bandwidth: Hertz(uniform(1e6, 2e7))),
      timing: FrameTiming(
        length: length, lead: length * uniform(0.1, 0.5),
        guardTime: chance(0.2) ? microseconds(10_000, 30_000) : microseconds(0, 5000),
        resultMargin: microseconds(0, 5000)),
      groups: groups, emulators: whole(1, 4),
      workers: (0..<(chance(0.4) ? whole(2, 3) : 1)).map { index in
        let engines: [WorkerDescription.EngineChoice] = [.replay, .paced, .onnxRuntime]
        return WorkerDescription(
          name: "w\(index)", engine: engines[whole(0, 2)], latencyTable: "table",
          instances: chance(0.3) ? whole(2, 3) : 1, maxBatch: whole(1, 16))
      },
      model: "model", policy: PolicyChoice(name: policies[whole(0, policies.count - 1)], batching: batching()),
      // Late policies and slow links are what is tested here, not a reason to doubt the run.
      limits: ValidityLimits(uploadError: .seconds(1), fallbackShare: 1))
  }

  private mutating func batching() -> BatchingOptions {
    BatchingOptions(
      maxBatch: chance(0.5) ? whole(1, 6) : nil, queueDelay: chance(0.5) ? .zero : microseconds(0, 30_000),
      timeout: chance(0.3) ? microseconds(0, 60_000) : nil)
  }

  private mutating func group(_ index: Int, first: Int, _ model: SimulatedModel) -> DeviceGroup {
    // Now and then more than the deepest exit has.
    let accuracy = chance(0.1) ? 0.99 : model.accuracies[whole(0, model.accuracies.count - 1)] - uniform(0, 0.05)
    return DeviceGroup(
      name: "group-\(index)", firstDevice: DeviceID(first), count: whole(1, 7), requiredAccuracy: accuracy,
      deadline: .milliseconds(whole(30, 500)),
      arrivals: chance(0.5) ? .poisson(rate: uniform(1, 20)) : .periodic(period: .milliseconds(whole(20, 400))),
      channel: ChannelModel(
        chance(0.5)
          ? .snr(from: Decibels(uniform(-5, 5)), to: Decibels(uniform(5, 25)))
          : .distance(from: Metres(10), to: Metres(uniform(50, 600)), pathLoss: chance(0.5) ? .macro : .urbanMicro),
        fading: chance(0.7) ? .rayleigh : .none),
      exitRule: chance(0.4) ? .confidence(threshold: uniform(0.5, 1)) : .assigned)
  }

  // MARK: Draws

  private mutating func uniform(_ from: Double, _ to: Double) -> Double { from + (to - from) * random.uniform() }
  private mutating func whole(_ from: Int, _ to: Int) -> Int { Int.random(in: from...to, using: &random) }
  private mutating func chance(_ share: Double) -> Bool { random.uniform() < share }
  /// One in four takes time for each bit.
  private mutating func link(_ from: Int, _ to: Int) -> SimulatedLink {
    SimulatedLink(latency: microseconds(from, to), rate: chance(0.25) ? BitRate(uniform(1e7, 1e9)) : nil)
  }
  private mutating func microseconds(_ from: Int, _ to: Int) -> Duration { .microseconds(whole(from, to)) }
}

extension SimulationSetup {
  /// Everybody asks the first model.
  mutating func removeFurtherModels() {
    furtherModels = []
    topology.furtherModels = []
    for index in topology.groups.indices { topology.groups[index].model = 0 }
  }
}
