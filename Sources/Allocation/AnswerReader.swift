import EdgeModel
import PlainJSON
import Units

/// Reads an external scheduler's answer into an allocation of the frame that it was asked for.
///
/// Tolerant of what it can compute itself: `completion_s`, `entering`, refusals and their reasons may be left out, and
/// unknown fields are ignored. It checks the answer's form; whether its promises hold is `FeasibilityCheck`'s matter.
struct AnswerReader {
  private let frame: FrameState
  private let top: InstanceFields

  init(_ json: JSON, to frame: FrameState) throws(InstanceError) {
    self.frame = frame
    top = try InstanceFields(json, path: "")
  }

  func read() throws(InstanceError) -> FrameAllocation {
    try checkItIsAnAnswer()
    let grants = try readGrants()
    let batches = try readBatches(grants)
    return FrameAllocation(
      policy: ExternalPolicy.name, status: try readStatus(), batches: batches,
      refusals: try readRefusals(besides: grants, batches), searchNodes: try nodes())
  }

  private func checkItIsAnAnswer() throws(InstanceError) {
    if top.has("error") {
      let words = try top.text("error")
      throw InstanceError("the scheduler says \(JSON.string(words).line)", at: "error", remedy: "see its own output")
    }
    if let format = try top.optionalWholeNumber("format", from: 0), format != AllocationAnswer.format {
      throw InstanceError(
        "format \(format) cannot be read", at: "format", remedy: "write format \(AllocationAnswer.format)")
    }
    guard !top.has("open") else {
      throw InstanceError("open plans are not read from a scheduler", at: "open", remedy: "answer with batches")
    }
    if let number = try top.optionalWholeNumber("frame", from: 0), number != frame.frame.number {
      throw InstanceError(
        "an answer for frame \(number), not \(frame.frame.number)", at: "frame",
        remedy: "answer requests in their order")
    }
  }

  private func readStatus() throws(InstanceError) -> FrameAllocation.Status {
    guard top.has("status") else { return .feasible }
    return try choice(top, "status", among: [.optimal, .feasible, .budget])
  }
  private func nodes() throws(InstanceError) -> Int { try top.optionalWholeNumber("search_nodes", from: 0) ?? 0 }

  private func choice<Choice: RawRepresentable<String>>(
    _ fields: InstanceFields, _ name: String, among choices: [Choice]
  ) throws(InstanceError) -> Choice {
    let text = try fields.text(name)
    if let choice = Choice(rawValue: text) { return choice }
    throw InstanceError(
      "unknown \(name)", at: fields.place(name),
      remedy: "choose one of \(choices.map(\.rawValue).joined(separator: ", "))")
  }

  // MARK: Grants

  private struct Grant {
    /// Of its task in the frame.
    var index: Int
    /// Where it stands in the answer.
    var fields: InstanceFields
    var bandwidth: Double
    var uploadStart: Double
    var uploadEnd: Double
    var exit: Int
    var completion: Double?
  }

  private func readGrants() throws(InstanceError) -> [Grant] {
    var grants: [Grant] = []
    var isGranted = Array(repeating: false, count: frame.tasks.count)
    for (number, json) in try top.list("grants", of: "grants, empty where nobody uploads").enumerated() {
      let fields = try InstanceFields(json, path: "grants[\(number)]")
      let index = try readTask(fields, "id")
      guard !isGranted[index] else { throw doubled(index, at: fields.place("id")) }
      isGranted[index] = true
      grants.append(
        Grant(
          index: index, fields: fields, bandwidth: try fields.number("bandwidth_hz", .notNegative),
          uploadStart: try fields.optionalNumber("upload_start_s", .notNegative) ?? 0,
          uploadEnd: try fields.number("upload_end_s", .notNegative), exit: try fields.wholeNumber("exit", from: 1),
          completion: try fields.optionalNumber("completion_s", .notNegative)))
    }
    return grants
  }

  private func readTask(_ fields: InstanceFields, _ name: String) throws(InstanceError) -> Int {
    let index = try fields.wholeNumber(name, from: 0)
    guard index < frame.tasks.count else { throw unknown(index, at: fields.place(name)) }
    return index
  }
  private func unknown(_ id: Int, at place: String) -> InstanceError {
    InstanceError("no task has the id \(id)", at: place, remedy: "use the ids of the instance")
  }
  private func doubled(_ id: Int, at place: String) -> InstanceError {
    InstanceError("task \(id) is named before", at: place, remedy: "name each task once")
  }

  // MARK: Batches

  private func readBatches(_ grants: [Grant]) throws(InstanceError) -> [BatchAllocation] {
    guard let list = try top.optionalList("batches", of: "batches") else {
      guard !grants.isEmpty else { return [] }
      guard frame.workers.count == 1 else {
        throw InstanceError(
          "batches is missing", at: "batches", remedy: "say which of the workers runs which tasks, and from when")
      }
      return [try readBatch(top, "batch_start_s", of: grants, on: frame.workers[0], instance: 0)]
    }
    var grantOf: [Grant?] = Array(repeating: nil, count: frame.tasks.count)
    for grant in grants { grantOf[grant.index] = grant }
    var batches: [BatchAllocation] = []
    for (number, json) in list.enumerated() {
      let fields = try InstanceFields(json, path: "batches[\(number)]")
      let members = try takeMembers(of: fields, from: &grantOf)
      let worker = try readWorker(fields)
      let instance = try fields.optionalWholeNumber("instance", from: 0, to: worker.instancesFreeAt.count - 1) ?? 0
      if !members.isEmpty {
        batches.append(try readBatch(fields, "start_s", of: members, on: worker, instance: instance))
      }
    }
    if let left = grants.first(where: { grantOf[$0.index] != nil }) {
      throw InstanceError(
        "task \(left.index) is in no batch", at: left.fields.path, remedy: "name it in a batch's scheduled")
    }
    return batches
  }

  /// The grants of the tasks in `scheduled`, each of which is handed out once.
  private func takeMembers(
    of batch: InstanceFields, from grantOf: inout [Grant?]
  ) throws(InstanceError) -> [Grant] {
    var members: [Grant] = []
    for (position, json) in try batch.list("scheduled", of: "ids").enumerated() {
      let place = "\(batch.place("scheduled"))[\(position)]"
      guard let id = json.integer else {
        throw InstanceError("an id is expected, not \(json.kind)", at: place, remedy: "use the ids of the instance")
      }
      guard frame.tasks.indices.contains(id) else { throw unknown(id, at: place) }
      guard let grant = grantOf[id] else {
        throw InstanceError(
          "task \(id) has no grant left", at: place, remedy: "grant each scheduled task once, and name it in one batch")
      }
      grantOf[id] = nil
      members.append(grant)
    }
    return members
  }

  /// The worker may be left out where there is one.
  private func readWorker(_ batch: InstanceFields) throws(InstanceError) -> WorkerState {
    if frame.workers.count == 1 && !batch.has("worker") { return frame.workers[0] }
    let name = try batch.text("worker")
    guard let worker = frame.workers.first(where: { $0.name == name }) else {
      throw InstanceError(
        "no worker has this id", at: batch.place("worker"),
        remedy: "choose one of \(frame.workers.map(\.name).joined(separator: ", "))")
    }
    return worker
  }

  /// Members deepest exit first; completions on the worker's latencies where the answer does not say them.
  private func readBatch(
    _ fields: InstanceFields, _ startName: String, of grants: [Grant], on worker: WorkerState, instance: Int
  ) throws(InstanceError) -> BatchAllocation {
    let start = try fields.number(startName, .notNegative)
    // Whether the others are of the same model is `FeasibilityCheck`'s matter.
    let profile = worker.profile(of: frame.tasks[grants[0].index].model)
    let blockCount = profile.blocks.count
    for grant in grants where grant.exit > blockCount {
      throw InstanceError(
        "there is no exit \(grant.exit)", at: grant.fields.place("exit"),
        remedy: "\(worker.name) has \(blockCount) blocks")
    }
    let deepest = grants.map(\.exit).max() ?? 0
    let sizes = (0..<deepest).map { block in
      grants.count { frame.tasks[$0.index].entry <= block + 1 && block + 1 <= $0.exit }
    }
    let depths = depths(of: grants, on: profile, from: start, entering: sizes)
    let members = grants.map { grant in
      let task = frame.tasks[grant.index]
      return BatchAllocation.Member(
        task: task.id, bandwidth: Hertz(grant.bandwidth), rate: rate(of: task, over: grant.bandwidth),
        uploadStart: grant.uploadStart, uploadEnd: grant.uploadEnd, entry: task.entry, exit: grant.exit,
        completion: grant.completion ?? start + depths[grant.exit])
    }
    return BatchAllocation(
      worker: worker.id, instance: instance, start: start,
      members: members.sorted { ($1.exit, $0.task) < ($0.exit, $1.task) },
      entering: try readEntering(fields) ?? sizes)
  }

  /// When each block is done after the start, for what the answer does not say: with heads on all rows that enter, or,
  /// where that would miss a deadline, on those that leave, which is what a worker runs (`HeadRows`).
  private func depths(
    of grants: [Grant], on profile: LatencyProfile, from start: Double, entering: [Int]
  ) -> [Double] {
    let envelope = LatencyTable(profile, upTo: grants.count).depths(entering: entering)
    let isInTime = grants.allSatisfy {
      Tolerance.isConfirmedAtMost(start + envelope[$0.exit], frame.tasks[$0.index].deadline)
    }
    if isInTime { return envelope }
    let blocks = profile.blocks
    let bodies = LatencyProfile(blocks: blocks.map { BlockProfile(latency: $0.latency) })
    let heads = LatencyProfile(blocks: blocks.map { BlockProfile(latency: $0.head) })
    let leaving = entering.indices.map { block in grants.count { $0.exit == block + 1 } }
    return zip(
      LatencyTable(bodies, upTo: grants.count).depths(entering: entering),
      LatencyTable(heads, upTo: grants.count).depths(entering: leaving)
    ).map(+)
  }

  private func rate(of task: FrameTask, over bandwidth: Double) -> BitRate {
    bandwidth > 0 ? BitRate(bandwidth * task.uplink.efficiency(over: bandwidth)) : .zero
  }

  /// As told, without the zeros behind the deepest exit; nil where it is not told.
  private func readEntering(_ fields: InstanceFields) throws(InstanceError) -> [Int]? {
    guard let list = try fields.optionalList("entering", of: "batch sizes, one for each block") else { return nil }
    var sizes: [Int] = []
    for (position, json) in list.enumerated() {
      guard let size = json.integer else {
        throw InstanceError(
          "a batch size is expected, not \(json.kind)", at: "\(fields.place("entering"))[\(position)]",
          remedy: "give a whole number, or leave entering out")
      }
      sizes.append(size)
    }
    while sizes.last == 0 { sizes.removeLast() }
    return sizes
  }

  // MARK: Refusals

  /// Every task without a grant, in the frame's order, for the answer's reason or else the first that applies.
  private func readRefusals(
    besides grants: [Grant], _ batches: [BatchAllocation]
  ) throws(InstanceError) -> [Refusal] {
    var isNamed = Array(repeating: false, count: frame.tasks.count)
    for grant in grants { isNamed[grant.index] = true }
    let waiting = frame.tasks.indices.filter { !isNamed[$0] }
    var reasons: [Int: RefusalReason] = [:]
    for (number, json) in (try top.optionalList("refusals", of: "refusals") ?? []).enumerated() {
      let fields = try InstanceFields(json, path: "refusals[\(number)]")
      let index = try readTask(fields, "id")
      guard !isNamed[index] else { throw doubled(index, at: fields.place("id")) }
      isNamed[index] = true
      if fields.has("reason") { reasons[index] = try choice(fields, "reason", among: RefusalReason.allCases) }
    }
    let unsaid = waiting.filter { reasons[$0] == nil }
    for model in Set(unsaid.map { frame.tasks[$0].model }).sorted() {
      let part = unsaid.filter { frame.tasks[$0].model == model }
      let computed = RefusalReasons(
        frame.ofOneModel(model), exits: .firstGoodEnough, startsBehindFrame: true, batches: batches
      ).refusals(of: part)
      for (index, refusal) in zip(part, computed) { reasons[index] = refusal.reason }
    }
    return waiting.compactMap { index in
      reasons[index].map { Refusal(task: frame.tasks[index].id, reason: $0) }
    }
  }
}
