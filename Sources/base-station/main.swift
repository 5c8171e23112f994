import Allocation
import EdgeModel
import Inference
import NodeCommands
import Nodes
import Terminal
import Units
import ZeroMQTransport

let flags = FlagSet(
  "base-station", "gathers devices and workers, allocates uplink and batch in every frame",
  [
    .standard("devices-endpoint", "ENDPOINT", "tcp://127.0.0.1:5600", "where to listen for device emulators"),
    .standard("workers-endpoint", "ENDPOINT", "tcp://127.0.0.1:5601", "where to listen for edge workers"),
    .standard("clock-endpoint", "ENDPOINT", "tcp://127.0.0.1:5602", "where to answer clock probes"),
    .standard("workers", "NAMES", "w0", "the workers to expect, numbered in this order, with commas"),
    .repeated("group", "GROUP", "a device group, name=…,first=…,count=…,…; every group of the topology, in order"),
    .required("bandwidth", "FREQUENCY", "the cell's uplink bandwidth"),
    .standard("carrier", "FREQUENCY", "2GHz", "carrier frequency"),
    .standard("noise-density", "DBM/HZ", "-169", "noise power density, noise figure included"),
    .standard("frame", "TIME", "100ms", "length of a frame"),
    .standard("lead", "TIME", "20ms", "how long before a frame its allocation is asked for"),
    .standard("guard", "TIME", "5ms", "batch start less upload end"),
    .standard("result-margin", "TIME", "5ms", "taken off every deadline for the result's way back"),
    .standard("policy", "NAME", "exit-aware-shelf-packing", "the allocation policy; offramp policies lists them"),
    .optional("scheduler", "ENDPOINT", "where your own scheduler listens; for --policy external, which needs it"),
    .standard(
      "objective", "NAME", "throughput", "what the policy maximises: throughput, weighted or proportional-fair"),
    .standard("fallback", "NAME", "equal-share", "decides a frame when the policy does not in time"),
    .optional("search-nodes", "N", "nodes a search may expand per frame; the policy's own default where not given"),
    .optional("max-batch", "N", "largest batch that a worker may form itself; as large as it takes where not given"),
    .standard("queue-delay", "TIME", "0ms", "how long the oldest feature may wait for such a batch to become full"),
    .optional("queue-timeout", "TIME", "who waits longer for such a batch is dropped; nobody where not given"),
    .repeated("bandwidth-step", "TIME=FREQUENCY", "the cell's bandwidth from the first frame edge at or behind then"),
    .optional(
      "may-lose", "NAMES",
      "nodes whose loss does not end the run, with commas; NAME=TIME: the run waits until then for it to come back"),
    .standard("seed", "N", "1", "of places and fading"),
    .required("duration", "TIME", "tasks arrive for this long"),
    .standard("run", "NAME", "by-hand", "the run's name, which stands in every trace"),
    .toggle("status", "lines of JSON on standard output, for a launcher"),
  ] + NodeProgram.commonFlags(name: "base-station"))

/// SNR per frame of the devices whose groups name a trace.
func snrTraces(_ groups: [DeviceGroup]) throws -> [DeviceID: [Double]] {
  var traces: [DeviceID: [Double]] = [:]
  for group in groups {
    guard case .trace(let file) = group.channel.mean else { continue }
    let values = try CSVColumns.snr(file)
    for index in 0..<group.count {
      guard let trace = values[index], !trace.isEmpty else {
        throw UsageError(
          "no SNR for device \(index) of group \(group.name)", file, "give every device of the group at least one frame"
        )
      }
      traces[DeviceID(group.firstDevice.number + index)] = trace
    }
  }
  return traces
}

typealias PolicyThread = @Sendable (WorkBench<FrameState, PolicyReply>) -> Void

/// What runs on the policy's thread: one of ours, or the user's own scheduler, which has half a lead to be in time.
func policyThread(_ values: FlagValues, _ objective: Objective) throws -> (PolicyOptions, _ lead: Duration) ->
  PolicyThread
{
  guard values.text("policy") == ExternalPolicy.name else {
    guard !values.has("scheduler") else { throw values.fault("scheduler", "only --policy external asks one") }
    let policy = try PolicyCatalog.entry(named: values.text("policy"), knowing: objective)
    return { options, _ in { bench in decide(bench, policy, options) } }
  }
  guard let endpoint = values.optional("scheduler") else {
    throw values.fault("policy", "needs --scheduler ENDPOINT as well")
  }
  guard objective == .throughput else {
    throw values.fault("objective", "what your own scheduler maximises is its own affair")
  }
  // So that a wrong endpoint is known before anybody has joined.
  _ = try ExternalScheduler(endpoint: endpoint)
  return { _, lead in { bench in ExternalScheduler.serve(bench, at: endpoint, within: lead) } }
}

func decide(_ bench: WorkBench<FrameState, PolicyReply>, _ entry: PolicyEntry, _ options: PolicyOptions) {
  let policy = entry.make(options)
  while let state = bench.next() {
    let watch = Stopwatch()
    let allocation = policy.allocate(state, budget: options.budget ?? .unlimited)
    bench.post(.allocated(allocation, frame: state.frame, took: watch.elapsed))
  }
}

NodeProgram.main(flags) { values in
  let groups = try NodeProgram.groups(values)
  guard let objective = Objective(rawValue: values.text("objective")) else {
    throw values.fault("objective", "none of \(Objective.allCases.map(\.rawValue).joined(separator: ", "))")
  }
  let policyName = values.text("policy")
  let decide = try policyThread(values, objective)
  let fallback = try PolicyCatalog.entry(named: values.text("fallback"))
  let budget = try values.optionalWhole("search-nodes", 1...Int.max).map { SearchBudget(nodes: $0) }
  let batching = BatchingOptions(
    maxBatch: try values.optionalWhole("max-batch", 1...65_536), queueDelay: try values.duration("queue-delay"),
    timeout: try values.optionalDuration("queue-timeout"))
  let seed = try values.seed("seed")
  let duration = try values.duration("duration", atLeast: .milliseconds(1))
  let timing = FrameTiming(
    length: try values.duration("frame", atLeast: .milliseconds(1)),
    lead: try values.duration("lead", atLeast: .microseconds(100)),
    guardTime: try values.duration("guard"), resultMargin: try values.duration("result-margin"))
  guard timing.lead <= timing.length else { throw values.fault("lead", "longer than a frame") }
  let cell = Cell(
    bandwidth: try values.quantity("bandwidth") { (text) throws(QuantityError) in try Hertz(text: text) },
    carrier: try values.quantity("carrier") { (text) throws(QuantityError) in try Hertz(text: text) },
    noiseDensity: try values.number("noise-density"))
  guard cell.bandwidth > .zero, cell.carrier > .zero else { throw values.fault("bandwidth", "not above zero") }
  let bandwidthSteps = try values.steps("bandwidth-step") { (text) throws(QuantityError) in try Hertz(text: text) }
    .map { (from: $0.from, bandwidth: $0.value) }
  guard bandwidthSteps.allSatisfy({ $0.bandwidth > .zero }) else {
    throw values.fault("bandwidth-step", "not above zero")
  }
  let channel = CellChannel(cell: cell, groups: groups, seed: seed, traces: try snrTraces(groups))
  let status = StatusLines(forLauncher: values.has("status"))
  let longest = groups.map(\.deadline).max() ?? .zero
  let setup = StationSession.Setup(
    identity: try NodeProgram.identity(values), run: values.text("run"),
    devicesEndpoint: values.text("devices-endpoint"), workersEndpoint: values.text("workers-endpoint"),
    clockEndpoint: values.text("clock-endpoint"), deviceCount: groups.reduce(0) { $0 + $1.count },
    workers: values.text("workers").split(separator: ",").map(String.init), losses: try values.losses("may-lose"),
    patience: try values.duration("patience", atLeast: .seconds(1)),
    makeNode: { (workers, featureBytes) throws(NodeFailure) in
      guard groups.allSatisfy({ featureBytes.indices.contains($0.model.number) }) else {
        throw NodeFailure(
          "the groups need more models than the \(featureBytes.count) that workers have; give workers every --model")
      }
      return BaseStation(
        BaseStationConfiguration(
          timing: timing, bandwidth: cell.bandwidth, channel: channel, groups: groups, featureBytes: featureBytes,
          policyName: policyName, fallbackName: fallback.name, fallback: fallback.make(PolicyOptions()),
          budget: budget ?? .unlimited, end: .start + duration + longest + timing.length, workers: workers,
          bandwidthSteps: bandwidthSteps))
    },
    policy: decide(PolicyOptions(budget: budget, objective: objective, batching: batching), timing.lead),
    tell: { status.tell($0) })
  try StationSession.run(setup, in: try NodeProcess(name: "base-station"))
}
