public import EdgeModel
public import PlainJSON
import Units

/// The JSON answer to an instance, format 1: what `offramp allocate` prints.
public struct AllocationAnswer: Sendable {
  public static let format = 1
  public let allocation: FrameAllocation
  public let frame: FrameState
  /// How long the policy took.
  public let solveTime: Duration

  public init(_ allocation: FrameAllocation, to frame: FrameState, solveTime: Duration) {
    self.allocation = allocation
    self.frame = frame
    self.solveTime = solveTime
  }

  /// A task is named by its number. `batch_start_s` is null without a batch. Where there are several workers or
  /// batches, `batches` lists them and `batch_start_s` and `entering` are null. Open plans stand under `open`, one object
  /// where there is one worker and a list where there are several; nothing is promised to their members, whose
  /// `completion_s` is null. `objective` and `value` stand where the objective is not throughput. O(tasks).
  public var json: JSON {
    let batches = allocation.batches
    let objective = allocation.objective
    let isPlain = frame.workers.count == 1 && batches.count <= 1 && batches.first?.instance ?? 0 == 0
    var members: [JSON.Member] = [
      .init("format", .integer(Int64(Self.format))),
      .init("policy", .string(allocation.policy)),
      .init("status", .string(allocation.status.rawValue)),
      .init("scheduled", .array(allocation.granted.map { id($0.task) })),
      .init("batch_start_s", isPlain ? batches.first.map { .number($0.start) } ?? .null : .null),
      .init("grants", .array(batches.flatMap { $0.members.map { grant($0) } } + openGrants)),
      .init("entering", isPlain ? entering(batches.first, worker: frame.workers.first) : .null),
      .init("refusals", .array(allocation.refusals.map(refusal))),
      .init("search_nodes", .integer(Int64(allocation.searchNodes))),
      .init("solve_us", .number(solveTime / .microseconds(1))),
    ]
    if objective != .throughput {
      members.insert(.init("objective", .string(objective.rawValue)), at: 2)
      members.insert(.init("value", .number(value)), at: 4)
    }
    if !isPlain { members.append(.init("batches", .array(batches.enumerated().map(batch)))) }
    if let first = allocation.open.first {
      members.append(
        .init("open", frame.workers.count == 1 ? .object(rule(first)) : .array(allocation.open.map(open))))
    }
    return .object(members)
  }

  /// What was maximised: Σ weight over the scheduled tasks.
  public var value: Double { allocation.objective.value(of: allocation, in: frame) }

  private func id(_ task: TaskID) -> JSON { .integer(Int64(task.number)) }

  private var openGrants: [JSON] {
    allocation.open.flatMap { $0.members.map { grant($0.grant, isPromised: false) } }
  }

  private func rule(_ plan: OpenAllocation) -> [JSON.Member] {
    [
      .init("max_batch", .integer(Int64(plan.maxBatch))), .init("queue_delay_s", .number(plan.queueDelay)),
      .init("timeout_s", plan.timeout.map { .number($0) } ?? .null),
    ]
  }

  private func open(_ plan: OpenAllocation) -> JSON {
    .object(
      [
        .init("worker", .string(name(of: plan.worker))),
        .init("scheduled", .array(plan.members.map { id($0.grant.task) })),
      ] + rule(plan))
  }

  private func grant(_ member: BatchAllocation.Member, isPromised: Bool = true) -> JSON {
    [
      "id": id(member.task), "bandwidth_hz": .number(member.bandwidth.value),
      "upload_start_s": .number(member.uploadStart), "upload_end_s": .number(member.uploadEnd),
      "exit": .integer(Int64(member.exit)), "completion_s": isPromised ? .number(member.completion) : .null,
    ]
  }

  private func refusal(_ refusal: Refusal) -> JSON {
    ["id": id(refusal.task), "reason": .string(refusal.reason.rawValue)]
  }

  private func batch(_ index: Int, _ batch: BatchAllocation) -> JSON {
    let worker = frame.workers.first { $0.id == batch.worker }
    return [
      "id": .integer(Int64(index)), "worker": .string(name(of: batch.worker)),
      "instance": .integer(Int64(batch.instance)), "start_s": .number(batch.start),
      "scheduled": .array(batch.members.map { id($0.task) }), "entering": entering(batch, worker: worker),
    ]
  }

  private func name(of worker: WorkerID) -> String {
    frame.workers.first { $0.id == worker }?.name ?? "w\(worker.number)"
  }

  /// One number for each of the worker's blocks, 0 behind the deepest exit.
  private func entering(_ batch: BatchAllocation?, worker: WorkerState?) -> JSON {
    let sizes = batch?.entering ?? []
    let model = batch?.members.first.flatMap { member in frame.tasks.first { $0.id == member.task }?.model } ?? 0
    let blockCount = max(worker?.profile(of: model).blocks.count ?? 0, sizes.count)
    return .array((0..<blockCount).map { .integer(Int64($0 < sizes.count ? sizes[$0] : 0)) })
  }
}

extension AllocationAnswer {
  /// What an external scheduler allocated for `frame`, from the bytes of its answer to `AllocationInstance.json`.
  ///
  /// Ids are the tasks' indices in the frame. `completion_s`, `entering`, refusals and their reasons may be left out.
  /// Survives any bytes: every mistake is an `InstanceError` with its place. Whether the promises hold is
  /// `FeasibilityCheck`'s matter. O(bytes + tasks · workers · blocks).
  public static func allocation(
    utf8 bytes: some Sequence<UInt8>, of frame: FrameState
  ) throws(InstanceError) -> FrameAllocation {
    let json: JSON
    do {
      json = try JSON(utf8: bytes)
    } catch {
      throw InstanceError(
        error.message.split(whereSeparator: \.isNewline).joined(separator: " "),
        at: "line \(error.line), column \(error.column)", remedy: "answer with one JSON object")
    }
    return try AnswerReader(json, to: frame).read()
  }
}
