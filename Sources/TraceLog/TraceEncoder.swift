public import EdgeModel
import Units

/// Turns records into lines of JSON. Reuses its buffer; one per file.
public struct TraceEncoder: Sendable {
  private var line = JSONLine()
  public init() {}

  /// The line of `record`, newline included, stamped with its place in the file and its instant.
  public mutating func encode(_ record: TraceRecord, sequence: Int, at instant: Instant) -> [UInt8] {
    line.begin()
    line.field("seq", sequence)
    line.field("t_ns", instant)
    line.field("event", record.event)
    line.fields(of: record)
    line.end()
    return line.bytes
  }
}

extension TraceRecord {
  /// The record's name in the file.
  public var event: String {
    switch self {
    case .traceOpened: "traceOpened"
    case .runStarted: "runStarted"
    case .clockProbe: "clockProbe"
    case .peerLost: "peerLost"
    case .peerReturned: "peerReturned"
    case .messageRejected: "messageRejected"
    case .faultNoticed: "faultNoticed"
    case .stopped: "stopped"
    case .loopStatistics: "loopStatistics"
    case .traceClosed: "traceClosed"
    case .taskOffered: "taskOffered"
    case .grantReceived: "grantReceived"
    case .uploadStarted: "uploadStarted"
    case .uploadEnded: "uploadEnded"
    case .taskEnded: "taskEnded"
    case .frameStarted: "frameStarted"
    case .frameAllocated: "frameAllocated"
    case .taskGranted: "taskGranted"
    case .taskDeferred: "taskDeferred"
    case .taskRefused: "taskRefused"
    case .batchPlanned: "batchPlanned"
    case .openPlanned: "openPlanned"
    case .batchReported: "batchReported"
    case .workerReady: "workerReady"
    case .planReceived: "planReceived"
    case .openPlanReceived: "openPlanReceived"
    case .batchFormed: "batchFormed"
    case .featureReceived: "featureReceived"
    case .batchStarted: "batchStarted"
    case .modelLoaded: "modelLoaded"
    case .blockRan: "blockRan"
    case .taskExited: "taskExited"
    case .taskDropped: "taskDropped"
    case .batchEnded: "batchEnded"
    }
  }
}

extension JSONLine {
  fileprivate mutating func fields(of record: TraceRecord) {
    switch record {
    case .traceOpened(let header): fields(header)
    case .runStarted(let monotonic): field("monotonic_ns", monotonic)
    case .clockProbe(let sent, let peer, let received):
      field("sent_ns", sent)
      field("peer_ns", peer)
      field("received_ns", received)
    case .peerLost(let node, let cause):
      field("node", node)
      field("cause", cause)
    case .peerReturned(let node): field("node", node)
    case .messageRejected(let sender, let reason):
      field("from", sender)
      field("reason", reason)
    case .faultNoticed(let kind): field("kind", kind)
    case .stopped(let cause): field("cause", cause)
    case .loopStatistics(let statistics): fields(statistics)
    case .traceClosed(let records): field("records", records)
    case .taskOffered, .grantReceived, .uploadStarted, .uploadEnded, .taskEnded: deviceFields(record)
    case .frameStarted, .frameAllocated, .taskGranted, .taskDeferred, .taskRefused, .batchPlanned, .openPlanned,
      .batchReported:
      baseStationFields(record)
    case .workerReady, .planReceived, .openPlanReceived, .batchFormed, .featureReceived, .batchStarted, .modelLoaded,
      .blockRan, .taskExited, .taskDropped, .batchEnded:
      workerFields(record)
    }
  }

  private mutating func fields(_ header: TraceHeader) {
    field("format", TraceHeader.format)
    field("run", header.run)
    field("node", header.node)
    field("role", header.role.rawValue)
    field("host", header.host)
    field("pid", header.process)
    field("version", header.version)
    field("topology_sha256", header.topologySHA256)
    field("boot_id", header.boot)
  }

  private mutating func fields(_ statistics: LoopStatistics) {
    field("timers", statistics.timers)
    field("lateness_p50_ns", statistics.latenessMedian)
    field("lateness_p99_ns", statistics.latenessP99)
    field("lateness_max_ns", statistics.latenessMax)
    field("events", statistics.events)
    field("busy_ns", statistics.busy)
    field("cpu_ns", statistics.cpu)
    field("steal", statistics.steal)
  }

  private mutating func deviceFields(_ record: TraceRecord) {
    switch record {
    case .taskOffered(let task, let group, let sample, let label, let stem):
      field(task: task.id)
      field("group", group)
      field("sample", sample)
      field("label", label)
      field("generated_ns", task.generated)
      field("deadline_ns", task.deadline)
      field("required_accuracy", task.requiredAccuracy)
      field("feature_bits", task.feature.value)
      field("entry_block", task.entry)
      field("stem_ns", stem)
    case .grantReceived(let task, let frame):
      field(task: task)
      field("frame", frame)
    case .uploadStarted(let task, let planned):
      field(task: task)
      field("planned_ns", planned)
    case .uploadEnded(let task, let planned, let bytes, let chunkBytes, let sent):
      field(task: task)
      field("planned_ns", planned)
      field("bytes", bytes)
      field("chunk_bytes", chunkBytes)
      field("sent_ns", sent)
    case .taskEnded(let task, let ending):
      field(task: task)
      field("outcome", ending.outcome.rawValue)
      field("cause", ending.cause)
      field("energy_mj", ending.energy.value * 1e3)
      if let answer = ending.answer {
        field("taken_exit", answer.exit)
        field("predicted", answer.predicted)
        field("confidence", answer.confidence)
      }
    default: preconditionFailure("not a device's record")
    }
  }

  private mutating func baseStationFields(_ record: TraceRecord) {
    switch record {
    case .frameStarted(let frame, let edge):
      field("frame", frame)
      field("edge_ns", edge)
    case .frameAllocated(let summary): fields(summary)
    case .taskGranted(let grant, let entry, let spectralEfficiency, let completion):
      field(task: grant.task)
      field("frame", grant.frame)
      field("batch", grant.batch)
      field("worker", grant.worker)
      field("bandwidth_hz", grant.bandwidth.value)
      field("rate_bps", grant.rate.value)
      field("spectral_efficiency", spectralEfficiency)
      field("upload_start_ns", grant.uploadStart)
      field("upload_end_ns", grant.uploadEnd)
      field("entry_block", entry)
      field("exit", grant.exit)
      field("completion_ns", completion)
    case .taskDeferred(let task, let frame, let reason), .taskRefused(let task, let frame, let reason):
      field(task: task)
      field("frame", frame)
      field("reason", reason.rawValue)
    case .batchPlanned(let plan): fields(plan)
    case .openPlanned(let plan): fields(plan)
    case .batchReported(let batch, let worker, let ended):
      field("batch", batch)
      field("worker", worker)
      field("ended_ns", ended)
    default: preconditionFailure("not a base station's record")
    }
  }

  private mutating func fields(_ summary: FrameSummary) {
    field("frame", summary.frame)
    field("policy", summary.policy)
    field("offers", summary.offers)
    field("granted", summary.granted)
    field("deferred", summary.deferred)
    field("refused", summary.refused)
    field("bandwidth_hz", summary.bandwidth.value)
    field("bandwidth_granted_hz", summary.bandwidthGranted.value)
    field("solve_ns", summary.solve)
    field("search_nodes", summary.searchNodes)
    field("status", summary.status.rawValue)
    field("fallback", summary.fallback)
  }

  private mutating func fields(_ plan: BatchPlan) {
    field("batch", plan.id)
    field("frame", plan.frame)
    field("worker", plan.worker)
    field("instance", plan.instance)
    if plan.model != 0 { field("model", plan.model) }
    field("start_ns", plan.start)
    list("members", plan.members) { line, member in
      line.object { $0.fields(member) }
    }
  }

  private mutating func fields(_ plan: OpenPlan) {
    field("batch", plan.id)
    field("frame", plan.frame)
    field("worker", plan.worker)
    fields(plan.rule)
    list("members", plan.members) { line, member in
      line.object { line in
        line.fields(member.member)
        line.field("priority", member.priority)
      }
    }
  }

  private mutating func fields(_ member: BatchPlan.Member) {
    field(task: member.task)
    field("entry_block", member.entry)
    field("exit", member.exit)
    if case .confidence(let threshold) = member.rule { field("confidence", threshold) }
    field("bytes", member.featureBytes)
    field("upload_end_ns", member.uploadEnd)
    field("completion_ns", member.completion)
  }

  private mutating func fields(_ rule: BatchingRule) {
    field("max_batch", rule.maxBatch)
    field("queue_delay_ns", rule.queueDelay)
    if let timeout = rule.timeout { field("timeout_ns", timeout) }
  }

  private mutating func workerFields(_ record: TraceRecord) {
    switch record {
    case .workerReady(let capability):
      field("worker", capability.worker)
      field("name", capability.name)
      field("engine", capability.engine)
      field("paced", capability.isPaced)
      field("instances", capability.instances)
      field("max_batch", capability.maxBatch)
      field("accuracies", capability.accuracies)
    case .planReceived(let batch, let planned):
      field("batch", batch)
      field("planned_ns", planned)
    case .openPlanReceived(let batch, let members):
      field("batch", batch)
      field("members", members)
    case .batchFormed(let plan, let rule):
      fields(rule)
      fields(plan)
    case .featureReceived(let task, let batch, let bytes, let planned):
      field(task: task)
      if let batch { field("batch", batch) }
      field("bytes", bytes)
      if let planned { field("planned_ns", planned) }
    case .batchStarted(let batch, let frame, let instance, let planned, let size, let missing):
      field("batch", batch)
      field("frame", frame)
      field("instance", instance)
      field("planned_ns", planned)
      field("size", size)
      field("missing", missing)
    case .modelLoaded(let load):
      field("batch", load.batch)
      field("model", load.model)
      field("took_ns", load.took)
      field("bytes", load.bytes)
      field("loaded_bytes", load.loadedBytes)
      list("unloaded", load.unloaded) { $0.append($1.number) }
    case .blockRan(let run):
      field("batch", run.batch)
      field("instance", run.instance)
      field("block", run.block)
      field("size", run.size)
      field("start_ns", run.start)
      field("end_ns", run.end)
      field("expected_ns", run.expected)
      field("computed_ns", run.computed)
    case .taskExited(let answer, let batch, let plannedExit):
      field(task: answer.task)
      field("batch", batch)
      field("exit", answer.exit)
      field("planned_exit", plannedExit)
      field("predicted", answer.predicted)
      field("confidence", answer.confidence)
    case .taskDropped(let task, let batch, let reason):
      field(task: task)
      if let batch { field("batch", batch) }
      field("reason", reason)
    case .batchEnded(let batch, let instance):
      field("batch", batch)
      field("instance", instance)
    default: preconditionFailure("not a worker's record")
    }
  }
}
