import EdgeModel
import PlainJSON
import TraceLog
import Units

/// Turns lines of a trace back into records: the mirror of `TraceEncoder`.
public enum TraceDecoder {
  /// The record of one line, with or without its newline. O(bytes). Any bytes are survived: what is not a record of
  /// this format throws. Members that are not known are passed over, because later versions may add some.
  public static func decode(_ line: some Sequence<UInt8>) throws(TraceLineError) -> StampedRecord {
    let value: JSON
    do { value = try JSON(utf8: line) } catch {
      throw TraceLineError("not JSON: \(error.message), column \(error.column)")
    }
    var fields = try RecordFields(value)
    let sequence = try fields.integer("seq")
    let instant = try fields.instant("t_ns")
    let event = try fields.string("event")
    return StampedRecord(sequence: sequence, instant: instant, record: try record(event, &fields))
  }

  private static func record(_ event: String, _ fields: inout RecordFields) throws(TraceLineError) -> TraceRecord {
    switch event {
    case "traceOpened": return .traceOpened(try header(&fields))
    case "runStarted": return .runStarted(monotonic: try monotonic(&fields))
    case "clockProbe":
      return .clockProbe(
        sent: try fields.instant("sent_ns"), peer: try fields.instant("peer_ns"),
        received: try fields.instant("received_ns"))
    case "peerLost": return .peerLost(node: try fields.string("node"), cause: try fields.string("cause"))
    case "peerReturned": return .peerReturned(node: try fields.string("node"))
    case "messageRejected":
      return .messageRejected(from: try fields.string("from"), reason: try fields.string("reason"))
    case "faultNoticed": return .faultNoticed(kind: try fields.string("kind"))
    case "stopped": return .stopped(cause: try fields.string("cause"))
    case "loopStatistics": return .loopStatistics(try loopStatistics(&fields))
    case "traceClosed": return .traceClosed(records: try fields.integer("records"))
    case "taskOffered", "grantReceived", "uploadStarted", "uploadEnded", "taskEnded":
      return try deviceRecord(event, &fields)
    case "frameStarted", "frameAllocated", "taskGranted", "taskDeferred", "taskRefused", "batchPlanned", "openPlanned",
      "batchReported":
      return try baseStationRecord(event, &fields)
    default: return try workerRecord(event, &fields)
    }
  }

  // MARK: Every node

  private static func header(_ fields: inout RecordFields) throws(TraceLineError) -> TraceHeader {
    let format = try fields.integer("format")
    guard format == TraceHeader.format else {
      throw TraceLineError("trace format \(format), not \(TraceHeader.format)", foreignFormat: format)
    }
    return TraceHeader(
      run: try fields.string("run"), node: try fields.string("node"), role: try fields.word("role"),
      host: try fields.string("host"), process: try fields.integer("pid"), version: try fields.string("version"),
      topologySHA256: try fields.string("topology_sha256"), boot: try fields.string("boot_id"))
  }

  /// The host's clock: uptimes may be longer than any run.
  private static func monotonic(_ fields: inout RecordFields) throws(TraceLineError) -> Int64 {
    let value = try fields.value("monotonic_ns")
    guard let number = value.integer, number.magnitude <= 1 << 61 else {
      throw TraceLineError("\"monotonic_ns\" is not a whole number of nanoseconds in range")
    }
    return Int64(number)
  }

  private static func loopStatistics(_ fields: inout RecordFields) throws(TraceLineError) -> LoopStatistics {
    LoopStatistics(
      timers: try fields.integer("timers"), latenessMedian: try fields.duration("lateness_p50_ns"),
      latenessP99: try fields.duration("lateness_p99_ns"), latenessMax: try fields.duration("lateness_max_ns"),
      events: try fields.integer("events"), busy: try fields.duration("busy_ns"), cpu: try fields.duration("cpu_ns"),
      steal: try fields.double("steal"))
  }

  // MARK: Device

  private static func deviceRecord(_ event: String, _ fields: inout RecordFields) throws(TraceLineError) -> TraceRecord
  {
    let task = try fields.task()
    switch event {
    case "taskOffered":
      let group = try fields.string("group")
      let sample = try fields.integer("sample")
      let label = try fields.integer("label")
      let offered = InferenceTask(
        id: task, generated: try fields.instant("generated_ns"), deadline: try fields.instant("deadline_ns"),
        requiredAccuracy: try fields.double("required_accuracy"), feature: Bits(try fields.double("feature_bits")),
        entry: try fields.depth("entry_block"))
      return .taskOffered(offered, group: group, sample: sample, label: label, stem: try fields.duration("stem_ns"))
    case "grantReceived": return .grantReceived(task, frame: try fields.id("frame"))
    case "uploadStarted": return .uploadStarted(task, planned: try fields.instant("planned_ns"))
    case "uploadEnded":
      return .uploadEnded(
        task, planned: try fields.instant("planned_ns"), bytes: try fields.integer("bytes"),
        chunkBytes: try fields.integer("chunk_bytes"), sent: try fields.instants("sent_ns"))
    default: return .taskEnded(task, try ending(of: task, &fields))
    }
  }

  private static func ending(of task: TaskID, _ fields: inout RecordFields) throws(TraceLineError) -> TaskEnding {
    var ending = TaskEnding(
      outcome: try fields.word("outcome"), cause: try fields.string("cause"),
      energy: Joules(try fields.double("energy_mj") / 1e3))
    if fields.optional("taken_exit") != nil {
      ending.answer = TaskAnswer(
        task: task, exit: try fields.depth("taken_exit"), predicted: try fields.integer("predicted"),
        confidence: try fields.double("confidence"))
    }
    return ending
  }

  // MARK: Base station

  private static func baseStationRecord(
    _ event: String, _ fields: inout RecordFields
  ) throws(TraceLineError) -> TraceRecord {
    switch event {
    case "frameStarted": return .frameStarted(try fields.id("frame"), edge: try fields.instant("edge_ns"))
    case "frameAllocated": return .frameAllocated(try frameSummary(&fields))
    case "taskGranted": return try granted(&fields)
    case "taskDeferred":
      return .taskDeferred(try fields.task(), frame: try fields.id("frame"), reason: try fields.word("reason"))
    case "taskRefused":
      return .taskRefused(try fields.task(), frame: try fields.id("frame"), reason: try fields.word("reason"))
    case "batchPlanned": return .batchPlanned(try plan(&fields))
    case "openPlanned": return .openPlanned(try openPlan(&fields))
    default:
      return .batchReported(
        try fields.id("batch"), worker: try fields.id("worker"), ended: try fields.instant("ended_ns"))
    }
  }

  private static func granted(_ fields: inout RecordFields) throws(TraceLineError) -> TraceRecord {
    let task = try fields.task()
    let frame: FrameID = try fields.id("frame")
    let batch: BatchID = try fields.id("batch")
    let worker: WorkerID = try fields.id("worker")
    let bandwidth = Hertz(try fields.double("bandwidth_hz"))
    let rate = BitRate(try fields.double("rate_bps"))
    let spectralEfficiency = try fields.double("spectral_efficiency")
    let start = try fields.instant("upload_start_ns")
    let end = try fields.instant("upload_end_ns")
    let entry = try fields.depth("entry_block")
    let grant = UplinkGrant(
      task: task, frame: frame, batch: batch, worker: worker, bandwidth: bandwidth, rate: rate, uploadStart: start,
      uploadEnd: end, exit: try fields.depth("exit"))
    return .taskGranted(
      grant, entry: entry, spectralEfficiency: spectralEfficiency, completion: try fields.instant("completion_ns"))
  }

  private static func frameSummary(_ fields: inout RecordFields) throws(TraceLineError) -> FrameSummary {
    FrameSummary(
      frame: try fields.id("frame"), policy: try fields.string("policy"), offers: try fields.integer("offers"),
      granted: try fields.integer("granted"), deferred: try fields.integer("deferred"),
      refused: try fields.integer("refused"), bandwidth: Hertz(try fields.double("bandwidth_hz")),
      bandwidthGranted: Hertz(try fields.double("bandwidth_granted_hz")), solve: try fields.duration("solve_ns"),
      searchNodes: try fields.integer("search_nodes"), status: try fields.word("status"),
      fallback: try fields.bool("fallback"))
  }

  private static func plan(_ fields: inout RecordFields) throws(TraceLineError) -> BatchPlan {
    let batch: BatchID = try fields.id("batch")
    let frame: FrameID = try fields.id("frame")
    let worker: WorkerID = try fields.id("worker")
    let instance = try fields.integer("instance")
    let model: ModelID = fields.optional("model") == nil ? 0 : try fields.id("model")
    let start = try fields.instant("start_ns")
    var members: [BatchPlan.Member] = []
    for value in try fields.array("members") {
      var fields = try RecordFields(value)
      members.append(try member(&fields))
    }
    return BatchPlan(
      id: batch, frame: frame, worker: worker, instance: instance, model: model, start: start, members: members)
  }

  private static func openPlan(_ fields: inout RecordFields) throws(TraceLineError) -> OpenPlan {
    let batch: BatchID = try fields.id("batch")
    let frame: FrameID = try fields.id("frame")
    let worker: WorkerID = try fields.id("worker")
    let rule = try batchingRule(&fields)
    var members: [OpenPlan.Member] = []
    for value in try fields.array("members") {
      var fields = try RecordFields(value)
      let member = try member(&fields)
      members.append(OpenPlan.Member(member, priority: try fields.integer("priority")))
    }
    return OpenPlan(id: batch, frame: frame, worker: worker, rule: rule, members: members)
  }

  private static func member(_ fields: inout RecordFields) throws(TraceLineError) -> BatchPlan.Member {
    let rule: ExitRule =
      fields.optional("confidence") == nil ? .assigned : .confidence(threshold: try fields.double("confidence"))
    return BatchPlan.Member(
      task: try fields.task(), entry: try fields.depth("entry_block"), exit: try fields.depth("exit"), rule: rule,
      featureBytes: try fields.integer("bytes"), uploadEnd: try fields.instant("upload_end_ns"),
      completion: try fields.instant("completion_ns"))
  }

  private static func batchingRule(_ fields: inout RecordFields) throws(TraceLineError) -> BatchingRule {
    BatchingRule(
      maxBatch: try fields.integer("max_batch"), queueDelay: try fields.duration("queue_delay_ns"),
      timeout: fields.optional("timeout_ns") == nil ? nil : try fields.duration("timeout_ns"))
  }

  // MARK: Edge worker

  private static func workerRecord(_ event: String, _ fields: inout RecordFields) throws(TraceLineError) -> TraceRecord
  {
    switch event {
    case "workerReady":
      return .workerReady(
        WorkerCapability(
          worker: try fields.id("worker"), name: try fields.string("name"), engine: try fields.string("engine"),
          isPaced: try fields.bool("paced"), instances: try fields.integer("instances"),
          maxBatch: try fields.integer("max_batch"), accuracies: try fields.doubles("accuracies")))
    case "planReceived": return .planReceived(try fields.id("batch"), planned: try fields.instant("planned_ns"))
    case "openPlanReceived":
      return .openPlanReceived(try fields.id("batch"), members: try fields.integer("members"))
    case "batchFormed":
      let rule = try batchingRule(&fields)
      return .batchFormed(try plan(&fields), rule: rule)
    case "featureReceived":
      let task = try fields.task()
      let batch: BatchID? = fields.optional("batch") == nil ? nil : try fields.id("batch")
      let bytes = try fields.integer("bytes")
      let planned = fields.optional("planned_ns") == nil ? nil : try fields.instant("planned_ns")
      return .featureReceived(task, batch: batch, bytes: bytes, planned: planned)
    case "batchStarted":
      return .batchStarted(
        try fields.id("batch"), frame: try fields.id("frame"), instance: try fields.integer("instance"),
        planned: try fields.instant("planned_ns"), size: try fields.integer("size"),
        missing: try fields.tasks("missing"))
    case "modelLoaded":
      return .modelLoaded(
        ModelLoad(
          batch: try fields.id("batch"), model: try fields.id("model"), took: try fields.duration("took_ns"),
          bytes: try fields.integer("bytes"), loadedBytes: try fields.integer("loaded_bytes"),
          unloaded: try fields.ids("unloaded")))
    case "blockRan": return .blockRan(try blockRun(&fields))
    case "taskExited":
      let task = try fields.task()
      let batch: BatchID = try fields.id("batch")
      let exit = try fields.depth("exit")
      let planned = try fields.depth("planned_exit")
      let answer = TaskAnswer(
        task: task, exit: exit, predicted: try fields.integer("predicted"), confidence: try fields.double("confidence"))
      return .taskExited(answer, batch: batch, plannedExit: planned)
    case "taskDropped":
      let task = try fields.task()
      let batch: BatchID? = fields.optional("batch") == nil ? nil : try fields.id("batch")
      return .taskDropped(task, batch: batch, reason: try fields.string("reason"))
    case "batchEnded": return .batchEnded(try fields.id("batch"), instance: try fields.integer("instance"))
    default: throw TraceLineError("the event \"\(event)\" is unknown")
    }
  }

  private static func blockRun(_ fields: inout RecordFields) throws(TraceLineError) -> BlockRun {
    BlockRun(
      batch: try fields.id("batch"), instance: try fields.integer("instance"), block: try fields.depth("block"),
      size: try fields.integer("size"), start: try fields.instant("start_ns"), end: try fields.instant("end_ns"),
      expected: try fields.duration("expected_ns"), computed: try fields.duration("computed_ns"))
  }
}
