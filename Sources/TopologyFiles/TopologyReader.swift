import Allocation
import EdgeModel
import Units
import Yams

/// Turns the nodes of a topology file into a checked `Topology`, section by section in the order of the file.
///
/// A section that has a problem reads as nil; the others are read all the same.
struct TopologyReader {
  let problems: ProblemCollector
  /// Names that a policy may have.
  let policies: [String]
  /// What relative paths count from.
  let base: String
  /// Whether the files that the topology names are looked at.
  let checksFiles: Bool

  static let keys = [
    "format", "name", "description", "seed", "duration", "cell", "frame", "model", "further_models", "workers",
    "policy", "devices",
    "transport", "limits", "simulation", "faults", "sweep",
  ]

  func read(_ root: Node) -> Topology? {
    guard let file = MappingReader(root, "the topology", keys: Self.keys, problems) else { return nil }
    // Another format has other keys: saying anything of them would mislead.
    guard isFormatKnown(file) else { return nil }
    let name = file.name("name", example: "quickstart")
    let description = file.text("description", standard: "", example: "what it shows")
    let seed = file.whole("seed", standard: 1, FieldBounds.seed, example: "1")
    let duration = file.amount("duration", FieldBounds.duration, example: "20 s", Duration.init(text:))
    let cell = section(file, "cell", keys: ["bandwidth", "carrier", "noise"], readCell)
    let timing = optionalSection(
      file, "frame", keys: ["length", "lead", "guard", "result_margin"], FrameTiming(), readTiming)
    let model = readModel(file)
    let further = readFurtherModels(file)
    let models = model.flatMap { model in further.map { NamedModels(first: model, further: $0) } }
    let workers = readWorkers(file, models)
    let policy = readPolicy(file)
    let devices = section(file, "devices", keys: ["processes", "groups"]) { readDevices($0, timing, models) }
    let transport = optionalSection(
      file, "transport", keys: ["scheme", "devices", "workers"], TransportChoice(), readTransport)
    let limits = optionalSection(
      file, "limits", keys: ["frame_edge_lateness", "upload_error", "clock_bound", "fallback_share"],
      ValidityLimits.standard, readLimits)
    let simulation = optionalSection(
      file, "simulation", keys: Self.simulationKeys, SimulationChoice(), readSimulation)
    let faults = readFaults(
      file, FaultTargets(duration: duration, workers: workers, processes: devices?.processes))
    if let node = file.node("sweep") { _ = readSweep(node, in: root) }
    guard let name, let description, let seed, let duration, let cell, let timing, let models, let workers, let policy,
      let devices, let transport, let limits, let simulation, let faults
    else { return nil }
    checkEndpoints(file, workers, transport, policy)
    checkModels(file, models, policy)
    return Topology(
      name: name, description: description.onOneLine, seed: UInt64(seed), duration: duration, cell: cell,
      timing: timing, groups: devices.groups, emulators: devices.processes, workers: workers,
      model: models.first.directory, furtherModels: models.further.map(\.files.directory), policy: policy,
      limits: limits, transport: transport, faults: faults,
      simulation: simulation)
  }

  private func isFormatKnown(_ file: MappingReader) -> Bool {
    guard let text = file.text("format", example: "1") else { return false }
    if text == "1" { return true }
    problems.report(
      "the format '\(text.shortened)' is not known", at: file.place(of: "format"), remedy: "this version reads format 1"
    )
    return false
  }

  private func readCell(_ cell: MappingReader) -> Cell? {
    let bandwidth = cell.amount("bandwidth", FieldBounds.bandwidth, example: "5 MHz", Hertz.init(text:))
    let carrier = cell.amount(
      "carrier", standard: Hertz(2e9), FieldBounds.carrier, example: "2 GHz", Hertz.init(text:))
    let noise = cell.amount("noise", standard: -169, FieldBounds.noise, example: "-169 dBm/Hz", readNoiseDensity)
    guard let bandwidth, let carrier, let noise else { return nil }
    return Cell(bandwidth: bandwidth, carrier: carrier, noiseDensity: noise)
  }

  private func readTiming(_ frame: MappingReader) -> FrameTiming? {
    let standard = FrameTiming()
    let length = frame.amount(
      "length", standard: standard.length, FieldBounds.frameLength, example: "100 ms", Duration.init(text:))
    let lead = frame.amount("lead", standard: standard.lead, FieldBounds.lead, example: "20 ms", Duration.init(text:))
    let guardTime = frame.amount(
      "guard", standard: standard.guardTime, FieldBounds.setAside, example: "5 ms", Duration.init(text:))
    let margin = frame.amount(
      "result_margin", standard: standard.resultMargin, FieldBounds.setAside, example: "5 ms", Duration.init(text:))
    guard let length, let lead, let guardTime, let margin else { return nil }
    for (key, value, isAllowed) in [
      ("lead", lead, lead <= length), ("guard", guardTime, guardTime < length),
      ("result_margin", margin, margin < length),
    ] where !isAllowed {
      problems.report(
        "'\(key)' (\(value.inWords)) does not fit into a frame of \(length.inWords)", at: frame.place(of: key),
        remedy: "shorten it or lengthen the frame")
    }
    return FrameTiming(length: length, lead: lead, guardTime: guardTime, resultMargin: margin)
  }

  /// A bare name, or a mapping with what the policy may spend.
  private func readPolicy(_ file: MappingReader) -> PolicyChoice? {
    let standard = PolicyChoice()
    guard let node = file.node("policy") else { return standard }
    if case .scalar = node {
      guard let name = file.text("policy", example: standard.name), isPolicy(name, at: node.place),
        hasItsEndpoint(name, nil, at: node.place)
      else { return nil }
      return PolicyChoice(name: name)
    }
    guard let policy = MappingReader(node, "policy", keys: Self.policyKeys, problems) else {
      return nil
    }
    let name = policy.text("name", standard: standard.name, example: standard.name)
    let objective: Objective? = policy.choice("objective", standard: standard.objective, example: "proportional-fair")
    let fallback = policy.text("fallback", standard: standard.fallback, example: standard.fallback)
    let nodes =
      policy.has("search_nodes") ? policy.whole("search_nodes", FieldBounds.searchNodes, example: "20000") : nil
    let batching = readBatching(policy, of: name)
    let endpoint = readEndpoint(policy, "endpoint")
    guard let name, let objective, let fallback, nodes != nil || !policy.has("search_nodes"), let batching, let endpoint
    else { return nil }
    let areKnown = [
      isPolicy(name, at: policy.place(of: "name")), isFallback(fallback, at: policy.place(of: "fallback")),
      hasItsEndpoint(name, endpoint.text, at: policy.place(of: "endpoint")),
    ]
    guard areKnown == [true, true, true], knows(name, objective, at: policy.place(of: "objective")) else { return nil }
    return PolicyChoice(
      name: name, objective: objective, fallback: fallback, searchNodes: nodes, batching: batching,
      endpoint: endpoint.text)
  }
  private static let policyKeys = ["name", "objective", "fallback", "search_nodes", "endpoint"] + batchingKeys

  /// What your own scheduler maximises is its own affair.
  private func knows(_ policy: String, _ objective: Objective, at place: Place?) -> Bool {
    let able = PolicyCatalog.names(knowing: objective)
    if able.contains(policy) || (policy == ExternalPolicy.name && objective == .throughput) { return true }
    problems.report(
      "the policy '\(policy)' does not know the objective '\(objective.rawValue)'", at: place,
      remedy: "choose one of \(able.joined(separator: ", ")), or another objective")
    return false
  }
  /// A fallback answers at once, which nobody can promise of another process.
  private func isFallback(_ name: String, at place: Place?) -> Bool {
    guard name == ExternalPolicy.name else { return isPolicy(name, at: place) }
    problems.report("the fallback is '\(name)'", at: place, remedy: "name a policy that is not another process")
    return false
  }
  /// The policy `external` is reached at an endpoint, and no other is.
  private func hasItsEndpoint(_ name: String, _ endpoint: String?, at place: Place?) -> Bool {
    switch (name == ExternalPolicy.name, endpoint) {
    case (true, nil):
      problems.report(
        "the policy '\(name)' has no endpoint", at: place,
        remedy: "say where your scheduler listens, for example {name: external, endpoint: 'tcp://127.0.0.1:5700'}")
      return false
    case (false, _?):
      problems.report(
        "the policy '\(name.shortened)' has an endpoint", at: place,
        remedy: "leave it out, or name the policy 'external'")
      return false
    default: return true
    }
  }
  private func isPolicy(_ name: String, at place: Place?) -> Bool {
    if policies.contains(name) { return true }
    problems.report(
      "unknown policy '\(name.shortened)'", at: place, remedy: "choose one of \(policies.joined(separator: ", "))")
    return false
  }

  private func readLimits(_ limits: MappingReader) -> ValidityLimits? {
    let standard = ValidityLimits.standard
    let edge = limits.amount(
      "frame_edge_lateness", standard: standard.frameEdgeLateness, FieldBounds.limit, example: "5 ms",
      Duration.init(text:))
    let upload = limits.amount(
      "upload_error", standard: standard.uploadError, FieldBounds.limit, example: "5 ms", Duration.init(text:))
    let clock = limits.amount(
      "clock_bound", standard: standard.clockBound, FieldBounds.limit, example: "1 ms", Duration.init(text:))
    let fallback = limits.share(
      "fallback_share", standard: standard.fallbackShare, FieldBounds.share, example: "1 %")
    guard let edge, let upload, let clock, let fallback else { return nil }
    return ValidityLimits(frameEdgeLateness: edge, uploadError: upload, clockBound: clock, fallbackShare: fallback)
  }

  func section<Value>(
    _ file: MappingReader, _ key: String, keys: [String], _ read: (MappingReader) -> Value?
  ) -> Value? {
    guard let node = file.required(key, example: "{…}") else { return nil }
    return MappingReader(node, key, keys: keys, problems).flatMap(read)
  }
  func optionalSection<Value>(
    _ file: MappingReader, _ key: String, keys: [String], _ standard: Value, _ read: (MappingReader) -> Value?
  ) -> Value? {
    file.has(key) ? section(file, key, keys: keys, read) : standard
  }
}

extension String {
  /// This text with line breaks as spaces, trimmed.
  fileprivate var onOneLine: String { split { $0.isNewline }.joined(separator: " ") }
}
