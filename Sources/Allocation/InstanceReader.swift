import EdgeModel
import PlainJSON
import Units

/// Reads an instance object into a frame state, field by field in the order of the contract.
struct InstanceReader {
  private static let mostBlocks = 1024
  private static let mostWorkers = 1024
  private let top: InstanceFields

  init(_ json: JSON, path: String) throws(InstanceError) { top = try InstanceFields(json, path: path) }

  func readFrame() throws(InstanceError) -> FrameState {
    let format = try top.wholeNumber("format", from: 0)
    guard format == AllocationInstance.format else {
      throw InstanceError(
        "format \(format) cannot be read", at: top.place("format"), remedy: "write format \(AllocationInstance.format)")
    }
    let bandwidth = try top.number("bandwidth_hz", .positive)
    let taskList = try top.list("tasks", of: "tasks")
    let workers = try readWorkers(taskCount: taskList.count)
    return FrameState(
      frame: FrameID(try top.optionalWholeNumber("frame", from: 0) ?? 0), bandwidth: Hertz(bandwidth),
      length: try top.optionalNumber("frame_s", .positive),
      guardTime: try top.optionalNumber("guard_s", .notNegative) ?? 0,
      slot: try top.optionalNumber("slot_s", .positive),
      resourceBlock: try top.optionalNumber("resource_block_hz", .positive).map { Hertz($0) },
      workers: workers, tasks: try readTasks(taskList, workers: workers))
  }

  // MARK: Workers

  private func readWorkers(taskCount: Int) throws(InstanceError) -> [WorkerState] {
    guard let list = try top.optionalList("workers", of: "workers") else {
      return [
        try readWorker(top, id: 0, name: "w0", freeAt: top.number("worker_free_s", .notNegative), taskCount: taskCount)
      ]
    }
    for name in ["blocks", "worker_free_s", "max_batch"] where top.has(name) {
      throw InstanceError("\(name) stands beside workers", at: top.place(name), remedy: "move it into each worker")
    }
    guard !list.isEmpty, list.count <= Self.mostWorkers else {
      throw InstanceError(
        "\(list.count) workers", at: top.place("workers"), remedy: "give from 1 to \(Self.mostWorkers) of them")
    }
    var workers: [WorkerState] = []
    var names: Set<String> = []
    for (index, json) in list.enumerated() {
      let fields = try InstanceFields(json, path: top.place("workers[\(index)]"))
      let name = try fields.text("id")
      guard names.insert(name).inserted else {
        throw InstanceError(
          "a worker before it has the id \"\(name)\" too", at: fields.place("id"), remedy: "rename one")
      }
      let freeAt = try fields.number("free_s", .notNegative)
      workers.append(
        try readWorker(fields, id: WorkerID(index), name: name, freeAt: freeAt, taskCount: taskCount))
    }
    return workers
  }

  private func readWorker(
    _ fields: InstanceFields, id: WorkerID, name: String, freeAt: Double, taskCount: Int
  ) throws(InstanceError) -> WorkerState {
    let maxBatch = try fields.optionalWholeNumber("max_batch", from: 1)
    let list = try fields.list("blocks", of: "blocks")
    guard !list.isEmpty, list.count <= Self.mostBlocks else {
      throw InstanceError(
        "\(list.isEmpty ? "no" : "\(list.count)") blocks", at: fields.place("blocks"),
        remedy: "give from 1 to \(Self.mostBlocks) of them")
    }
    let largest = min(maxBatch ?? .max, taskCount)
    var blocks: [BlockProfile] = []
    for (index, json) in list.enumerated() {
      let block = try InstanceFields(json, path: fields.place("blocks[\(index)]"))
      blocks.append(
        BlockProfile(
          latency: try readLatency(block, largestBatch: largest),
          head: try readHead(block, largestBatch: largest), accuracy: try block.optionalNumber("accuracy", .share)))
    }
    return WorkerState(
      id: id, name: name, freeAt: freeAt, maxBatch: maxBatch, profile: LatencyProfile(blocks: blocks))
  }

  private func readLatency(_ block: InstanceFields, largestBatch: Int) throws(InstanceError) -> LatencyCurve {
    guard block.has("latency_s") else {
      guard block.has("alpha_s") || block.has("beta_s") else {
        throw InstanceError(
          "latency_s is missing", at: block.place("latency_s"),
          remedy: "give a latency for each batch size, or alpha_s and beta_s")
      }
      let alpha = try block.number("alpha_s", .notNegative)
      return .linear(alpha: alpha, beta: try block.number("beta_s", .notNegative))
    }
    for name in ["alpha_s", "beta_s"] where block.has(name) {
      throw InstanceError("\(name) stands beside latency_s", at: block.place(name), remedy: "give one or the other")
    }
    return .table(try readTable(block, "latency_s", largestBatch: largestBatch)).monotone
  }

  private func readHead(_ block: InstanceFields, largestBatch: Int) throws(InstanceError) -> LatencyCurve {
    guard block.has("head_latency_s") else { return .zero }
    return .table(try readTable(block, "head_latency_s", largestBatch: largestBatch)).monotone
  }

  private func readTable(
    _ block: InstanceFields, _ name: String, largestBatch: Int
  ) throws(InstanceError) -> [Double] {
    let list = try block.list(name, of: "seconds, one for each batch size")
    guard !list.isEmpty, list.count >= largestBatch else {
      throw InstanceError(
        "\(list.count) batch sizes are too few", at: block.place(name),
        remedy: "give a latency for each of the sizes 1 to \(max(1, largestBatch)), or lower max_batch")
    }
    var table: [Double] = []
    table.reserveCapacity(list.count)
    for (index, json) in list.enumerated() {
      table.append(try InstanceFields.number(json, .notNegative, at: "\(block.place(name))[\(index)]"))
    }
    return table
  }

  // MARK: Tasks

  private func readTasks(_ list: [JSON], workers: [WorkerState]) throws(InstanceError) -> [FrameTask] {
    let blockCount = workers.map(\.profile.blocks.count).max() ?? 0
    let hasAccuracies = workers.contains { $0.profile.blocks.contains { $0.accuracy != nil } }
    var tasks: [FrameTask] = []
    tasks.reserveCapacity(list.count)
    var seen: Set<Int> = []
    for (index, json) in list.enumerated() {
      let fields = try InstanceFields(json, path: top.place("tasks[\(index)]"))
      let task = try readTask(fields, blockCount: blockCount, hasAccuracies: hasAccuracies)
      guard seen.insert(task.id.number).inserted else {
        throw InstanceError(
          "a task before it has the id \(task.id.number) too", at: fields.place("id"), remedy: "give each its own")
      }
      tasks.append(task)
    }
    return tasks
  }

  private func readTask(
    _ fields: InstanceFields, blockCount: Int, hasAccuracies: Bool
  ) throws(InstanceError) -> FrameTask {
    let id = try fields.wholeNumber("id", from: 0)
    let feature = try fields.number("feature_bits", .notNegative)
    let uplink = try readUplink(fields)
    let deadline = try fields.number("deadline_s", .notNegative)
    let entry = try fields.optionalWholeNumber("entry", from: 1, to: blockCount) ?? 1
    return FrameTask(
      id: TaskID(device: DeviceID(try fields.optionalWholeNumber("device", from: 0) ?? 0), number: id),
      feature: Bits(feature), uplink: uplink, deadline: deadline,
      requirement: try readRequirement(fields, entry: entry, blockCount: blockCount, hasAccuracies: hasAccuracies),
      entry: entry, weight: try fields.optionalNumber("weight", .positive) ?? 1,
      served: try fields.optionalNumber("served", .notNegative) ?? 0)
  }

  private func readUplink(_ fields: InstanceFields) throws(InstanceError) -> FrameTask.Uplink {
    guard fields.has("snr_hz") else {
      return .spectralEfficiency(try fields.number("spectral_efficiency", .positive))
    }
    try refuse("spectral_efficiency", beside: "snr_hz", in: fields)
    return .signalToNoise(try fields.number("snr_hz", .positive))
  }

  private func readRequirement(
    _ fields: InstanceFields, entry: Int, blockCount: Int, hasAccuracies: Bool
  ) throws(InstanceError) -> FrameTask.Requirement {
    guard fields.has("required_accuracy") else {
      return .exit(try fields.wholeNumber("exit", from: entry, to: blockCount))
    }
    try refuse("exit", beside: "required_accuracy", in: fields)
    guard hasAccuracies else {
      throw InstanceError(
        "an accuracy is required but no block has one", at: fields.place("required_accuracy"),
        remedy: "give the blocks their accuracy, or the task its exit")
    }
    return .accuracy(try fields.number("required_accuracy", .share))
  }

  private func refuse(_ name: String, beside other: String, in fields: InstanceFields) throws(InstanceError) {
    guard fields.has(name) else { return }
    throw InstanceError("\(name) stands beside \(other)", at: fields.place(name), remedy: "give one or the other")
  }
}
