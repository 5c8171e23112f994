import EdgeModel
import PlainJSON
import Units

/// Writes a frame state as an instance object: the inverse of `InstanceReader`.
///
/// Ids must be unique in an instance while a task is a device and a number, so a task's `id` is its index in the frame;
/// `device` and `task` stand beside it. Tables are written non-decreasing, as they are read. Left out is what format 1 has
/// no words for and nobody could schedule: a task whose deadline has passed, or whose channel carries nothing.
struct InstanceWriter {
  private let frame: FrameState
  init(_ frame: FrameState) { self.frame = frame }

  /// O(tasks + blocks × batch sizes).
  var json: JSON {
    let tasks = frame.tasks.enumerated().filter { Self.hasWords(for: $0.element) }
    var members: [JSON.Member] = [
      .init("format", .integer(Int64(AllocationInstance.format))), .init("frame", whole(frame.frame.number)),
      .init("bandwidth_hz", .number(frame.bandwidth.value)),
    ]
    if let length = frame.length { members.append(.init("frame_s", .number(length))) }
    if frame.guardTime > 0 { members.append(.init("guard_s", .number(frame.guardTime))) }
    if let slot = frame.slot { members.append(.init("slot_s", .number(slot))) }
    if let block = frame.resourceBlock { members.append(.init("resource_block_hz", .number(block.value))) }
    if frame.workers.count == 1 {
      members.append(.init("worker_free_s", .number(frame.workers[0].freeAt)))
      members += body(of: frame.workers[0], taskCount: tasks.count)
    } else {
      let workers = frame.workers.map { worker in
        JSON.object(
          [.init("id", .string(worker.name)), .init("free_s", .number(worker.freeAt))]
            + body(of: worker, taskCount: tasks.count))
      }
      members.append(.init("workers", .array(workers)))
    }
    members.append(.init("tasks", .array(tasks.map { task($0.element, id: $0.offset) })))
    return .object(members)
  }

  private func whole(_ number: Int) -> JSON { .integer(Int64(number)) }

  // MARK: Workers

  private func body(of worker: WorkerState, taskCount: Int) -> [JSON.Member] {
    // A table may end before the batch limit does; the format wants it to reach that far, so the limit comes down.
    let profiles = [worker.profile] + worker.furtherProfiles
    let covered = profiles.compactMap(\.largestBatch).min() ?? .max
    let limit = min(worker.maxBatch ?? .max, covered < min(worker.maxBatch ?? .max, taskCount) ? covered : .max)
    let largest = max(1, min(limit, taskCount))
    let models = profiles.map { profile in JSON.array(profile.blocks.map { block($0, largestBatch: largest) }) }
    var members: [JSON.Member] = []
    if worker.instancesFreeAt.count > 1 {
      members.append(.init("instance_free_s", .array(worker.instancesFreeAt.map { .number($0) })))
    }
    if limit < .max { members.append(.init("max_batch", whole(limit))) }
    members.append(
      models.count == 1 ? .init("blocks", models[0]) : .init("models", .array(models.map { ["blocks": $0] })))
    return members
  }

  private func block(_ block: BlockProfile, largestBatch: Int) -> JSON {
    var members: [JSON.Member]
    switch block.latency.monotone {
    case .table(let seconds): members = [.init("latency_s", .array(seconds.map { .number($0) }))]
    case .linear(let alpha, let beta): members = [.init("alpha_s", .number(alpha)), .init("beta_s", .number(beta))]
    }
    switch block.head.monotone {
    case .linear(alpha: 0, beta: 0): break
    case .table(let seconds): members.append(.init("head_latency_s", .array(seconds.map { .number($0) })))
    case .linear:
      // A head has no other form in format 1.
      let seconds = block.head.monotoneTable(upTo: largestBatch)
      members.append(.init("head_latency_s", .array(seconds.map { .number($0) })))
    }
    if let accuracy = block.accuracy { members.append(.init("accuracy", .number(accuracy))) }
    return .object(members)
  }

  // MARK: Tasks

  private static func hasWords(for task: FrameTask) -> Bool {
    guard task.deadline >= 0 else { return false }
    return switch task.uplink {
    case .spectralEfficiency(let efficiency): efficiency > 0
    case .signalToNoise(let ratio): ratio > 0
    }
  }

  private func task(_ task: FrameTask, id: Int) -> JSON {
    var members: [JSON.Member] = [
      .init("id", whole(id)), .init("device", whole(task.id.device.number)), .init("task", whole(task.id.number)),
      .init("feature_bits", .number(task.feature.value)),
    ]
    switch task.uplink {
    case .spectralEfficiency(let efficiency): members.append(.init("spectral_efficiency", .number(efficiency)))
    case .signalToNoise(let ratio): members.append(.init("snr_hz", .number(ratio)))
    }
    members.append(.init("deadline_s", .number(task.deadline)))
    switch task.requirement {
    case .exit(let exit): members.append(.init("exit", whole(exit)))
    case .accuracy(let least): members.append(.init("required_accuracy", .number(least)))
    }
    if task.model != 0 { members.append(.init("model", whole(task.model.number))) }
    if task.entry != 1 { members.append(.init("entry", whole(task.entry))) }
    if task.weight != 1 { members.append(.init("weight", .number(task.weight))) }
    if task.served != 0 { members.append(.init("served", .number(task.served))) }
    return .object(members)
  }
}
