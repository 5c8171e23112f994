import EdgeModel
import PlainJSON
import Units

/// Reads an instance object into a frame state, field by field in the order of the contract.
struct InstanceReader {
  private static let mostBlocks = 1024
  private static let mostWorkers = 1024
  private static let mostInstances = 64
  private static let mostModels = 64
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
      return [try readWorker(top, id: 0, name: "w0", free: "worker_free_s", taskCount: taskCount)]
    }
    for name in ["blocks", "models", "worker_free_s", "instance_free_s", "max_batch"] where top.has(name) {
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
      workers.append(try readWorker(fields, id: WorkerID(index), name: name, free: "free_s", taskCount: taskCount))
    }
    return workers
  }

  private func readWorker(
    _ fields: InstanceFields, id: WorkerID, name: String, free: String, taskCount: Int
  ) throws(InstanceError) -> WorkerState {
    let instances = try readInstances(fields, free)
    let maxBatch = try fields.optionalWholeNumber("max_batch", from: 1)
    let models = try readModels(fields, largestBatch: min(maxBatch ?? .max, taskCount))
    var worker = WorkerState(id: id, name: name, maxBatch: maxBatch, profile: models[0])
    worker.instancesFreeAt = instances
    worker.furtherProfiles = Array(models.dropFirst())
    return worker
  }

  /// When each instance is free: `instance_free_s`, else the one of `free`.
  private func readInstances(_ fields: InstanceFields, _ free: String) throws(InstanceError) -> [Double] {
    guard let list = try fields.optionalList("instance_free_s", of: "seconds, one for each instance") else {
      return [try fields.number(free, .notNegative)]
    }
    guard !list.isEmpty, list.count <= Self.mostInstances else {
      throw InstanceError(
        "\(list.count) instances", at: fields.place("instance_free_s"), remedy: "give from 1 to \(Self.mostInstances)")
    }
    var instances: [Double] = []
    for (index, json) in list.enumerated() {
      instances.append(
        try InstanceFields.number(json, .notNegative, at: "\(fields.place("instance_free_s"))[\(index)]"))
    }
    return instances
  }

  /// The blocks of each model: `models`, else those of the only one.
  private func readModels(_ fields: InstanceFields, largestBatch: Int) throws(InstanceError) -> [LatencyProfile] {
    guard let list = try fields.optionalList("models", of: "models") else {
      return [try readBlocks(fields, largestBatch: largestBatch, mayBeEmpty: false)]
    }
    try refuse("blocks", beside: "models", in: fields)
    guard !list.isEmpty, list.count <= Self.mostModels else {
      throw InstanceError(
        "\(list.count) models", at: fields.place("models"), remedy: "give from 1 to \(Self.mostModels) of them")
    }
    var models: [LatencyProfile] = []
    for (index, json) in list.enumerated() {
      let model = try InstanceFields(json, path: fields.place("models[\(index)]"))
      models.append(try readBlocks(model, largestBatch: largestBatch, mayBeEmpty: true))
    }
    return models
  }

  /// No blocks say that the worker has not that model.
  private func readBlocks(
    _ fields: InstanceFields, largestBatch: Int, mayBeEmpty: Bool
  ) throws(InstanceError) -> LatencyProfile {
    let list = try fields.list("blocks", of: "blocks")
    guard mayBeEmpty || !list.isEmpty, list.count <= Self.mostBlocks else {
      throw InstanceError(
        "\(list.isEmpty ? "no" : "\(list.count)") blocks", at: fields.place("blocks"),
        remedy: "give from 1 to \(Self.mostBlocks) of them")
    }
    var blocks: [BlockProfile] = []
    for (index, json) in list.enumerated() {
      let block = try InstanceFields(json, path: fields.place("blocks[\(index)]"))
      blocks.append(
        BlockProfile(
          latency: try readLatency(block, largestBatch: largestBatch),
          head: try readHead(block, largestBatch: largestBatch), accuracy: try block.optionalNumber("accuracy", .share))
      )
    }
    return LatencyProfile(blocks: blocks)
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

  /// What tasks of a model may ask for.
  private struct ModelLimits {
    /// The most that a worker has of it; 0: no worker has it.
    var blockCount: Int
    var hasAccuracies: Bool
  }

  private func readTasks(_ list: [JSON], workers: [WorkerState]) throws(InstanceError) -> [FrameTask] {
    let modelCount = 1 + (workers.map(\.furtherProfiles.count).max() ?? 0)
    let models = (0..<modelCount).map { model in
      let profiles = workers.map { $0.profile(of: ModelID(model)) }
      return ModelLimits(
        blockCount: profiles.map(\.blocks.count).max() ?? 0,
        hasAccuracies: profiles.contains { $0.blocks.contains { $0.accuracy != nil } })
    }
    var tasks: [FrameTask] = []
    tasks.reserveCapacity(list.count)
    var seen: Set<Int> = []
    for (index, json) in list.enumerated() {
      let fields = try InstanceFields(json, path: top.place("tasks[\(index)]"))
      let task = try readTask(fields, models)
      guard seen.insert(task.id.number).inserted else {
        throw InstanceError(
          "a task before it has the id \(task.id.number) too", at: fields.place("id"), remedy: "give each its own")
      }
      tasks.append(task)
    }
    return tasks
  }

  private func readTask(_ fields: InstanceFields, _ models: [ModelLimits]) throws(InstanceError) -> FrameTask {
    let id = try fields.wholeNumber("id", from: 0)
    let model = try fields.optionalWholeNumber("model", from: 0, to: models.count - 1) ?? 0
    let limits = models[model]
    let feature = try fields.number("feature_bits", .notNegative)
    let uplink = try readUplink(fields)
    let deadline = try fields.number("deadline_s", .notNegative)
    guard limits.blockCount > 0 else {
      throw InstanceError("no worker has model \(model)", at: fields.place("model"), remedy: "give one its blocks")
    }
    let entry = try fields.optionalWholeNumber("entry", from: 1, to: limits.blockCount) ?? 1
    return FrameTask(
      id: TaskID(device: DeviceID(try fields.optionalWholeNumber("device", from: 0) ?? 0), number: id),
      model: ModelID(model), feature: Bits(feature), uplink: uplink, deadline: deadline,
      requirement: try readRequirement(
        fields, entry: entry, blockCount: limits.blockCount, hasAccuracies: limits.hasAccuracies),
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
