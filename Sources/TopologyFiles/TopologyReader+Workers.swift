import EdgeModel
import Units
import Yams

/// The workers.
extension TopologyReader {
  static let workerKeys = [
    "name", "engine", "device", "plugin", "latency_table", "profile", "threads", "instances", "max_batch", "endpoint",
    "further_tables", "memory", "cpus",
  ]

  func readWorkers(_ file: MappingReader, _ models: NamedModels?) -> [WorkerDescription]? {
    guard let nodes = readList(file, "workers", atMost: FieldBounds.mostWorkers) else { return nil }
    var workers: [WorkerDescription] = []
    var names: Set<String> = []
    for node in nodes {
      guard let reader = MappingReader(node, "the worker", keys: Self.workerKeys, problems),
        let worker = readWorker(reader, models)
      else { continue }
      report(duplicate: worker.name, of: "workers", in: &names, at: reader.place(of: "name"))
      workers.append(worker)
    }
    return workers.count == nodes.count ? workers : nil
  }

  private func readWorker(_ worker: MappingReader, _ models: NamedModels?) -> WorkerDescription? {
    let name = worker.name("name", example: "w0")
    let engine: WorkerDescription.EngineChoice? = worker.choice("engine", example: "onnxruntime")
    let threads = worker.whole("threads", standard: 1, FieldBounds.threads, example: "1")
    let instances = worker.whole("instances", standard: 1, FieldBounds.instances, example: "2")
    let maxBatch = worker.whole("max_batch", standard: 16, FieldBounds.maxBatch, example: "16")
    let endpoint = readEndpoint(worker, "endpoint")
    guard let name, isFree(name, at: worker.place(of: "name")), let engine, let threads, let instances,
      let maxBatch, let endpoint
    else { return nil }
    var description = WorkerDescription(
      name: name, engine: engine, threads: threads, instances: instances, maxBatch: maxBatch, endpoint: endpoint.text)
    guard readDevice(of: worker, into: &description), readMemory(of: worker, into: &description),
      readCPUs(of: worker, into: &description),
      readTiming(of: worker, into: &description, models?.first),
      readFurtherTables(of: worker, into: &description, models)
    else { return nil }
    return description
  }

  /// Nodes' names are file names; these are taken.
  private func isFree(_ name: String, at place: Place?) -> Bool {
    let taken = ["base-station", "device-emulator", "emulator", "devices", "launcher"]
    guard taken.contains(where: { name == $0 || name.hasPrefix($0 + "-") }) else { return true }
    problems.report("a worker cannot be called '\(name)', other nodes are", at: place, remedy: "call it w0 or the like")
    return false
  }

  /// Where the engine keeps its batches, and what computes there.
  private func readDevice(of worker: MappingReader, into description: inout WorkerDescription) -> Bool {
    if !description.engine.isOnDevice {
      worker.refuse("device", because: "is for the engines cuda and torch", remedy: "remove it or change the engine")
    }
    if description.engine != .torch {
      worker.refuse("plugin", because: "is for the engine torch", remedy: "remove it or write 'engine: torch'")
    }
    guard description.engine.isOnDevice else { return !worker.has("device") && !worker.has("plugin") }
    if worker.has("device") {
      guard let text = worker.text("device", example: "0") else { return false }
      if text != "cpu" {
        guard let number = worker.whole("device", FieldBounds.gpu, example: "0") else { return false }
        description.device = "\(number)"
      } else {
        description.device = text
      }
    }
    guard worker.has("plugin") else { return true }
    guard description.engine == .torch, let text = worker.text("plugin", example: "libofframp-torch.so") else {
      return false
    }
    description.plugin = FilePath.resolve(text, in: base)
    return true
  }

  /// What says how long blocks take: a table where timing is emulated, else a measured profile or nothing.
  private func readTiming(
    of worker: MappingReader, into description: inout WorkerDescription, _ model: ModelFiles?
  ) -> Bool {
    guard description.engine.isEmulated else {
      worker.refuse(
        "latency_table", because: "is for the engines paced and replay", remedy: "remove it or write 'engine: paced'")
      guard worker.has("profile") else { return !worker.has("latency_table") }
      guard let text = worker.text("profile", example: "profiles/w0.json") else { return false }
      description.profile = FilePath.resolve(text, in: base)
      check(description.profile, "profile", worker, description, model)
      return true
    }
    worker.refuse(
      "profile", because: "is for engines with a time of their own", remedy: "remove it; the table is the profile")
    guard let text = worker.text("latency_table", example: "edge-gpu") else { return false }
    // A bare name is a table that ships with the model.
    let isBare = !text.contains("/") && !text.hasSuffix(".json")
    guard let directory = model?.directory else { return false }
    description.latencyTable =
      isBare ? FilePath.resolve(text + ".json", in: directory) : FilePath.resolve(text, in: base)
    check(description.latencyTable, "latency_table", worker, description, model)
    return !worker.has("profile")
  }

  /// A replay has no weights that could come and go.
  private func readMemory(of worker: MappingReader, into description: inout WorkerDescription) -> Bool {
    guard worker.has("memory") else { return true }
    guard description.engine != .replay else {
      worker.refuse("memory", because: "is for engines that load their models", remedy: "remove it")
      return false
    }
    guard let memory = worker.amount("memory", FieldBounds.memory, example: "64 MiB", Bits.init(text:)) else {
      return false
    }
    description.memory = Int(memory.value / 8)
    return true
  }

  /// Whether they exist is known on the worker's host.
  private func readCPUs(of worker: MappingReader, into description: inout WorkerDescription) -> Bool {
    guard worker.has("cpus") else { return true }
    guard let text = worker.text("cpus", example: "2") else { return false }
    do throws(QuantityError) {
      description.cpus = try CPUList(text: text)
      return true
    } catch {
      problems.report("'cpus': \(error.what)", at: worker.place(of: "cpus"), remedy: error.remedy)
      return false
    }
  }

  /// Tables or profiles of the further models, in their order.
  private func readFurtherTables(
    of worker: MappingReader, into description: inout WorkerDescription, _ models: NamedModels?
  ) -> Bool {
    guard let models else { return false }
    let further = models.further
    description.furtherTables = further.map { _ in nil }
    guard worker.has("further_tables") else {
      guard further.isEmpty || !description.engine.isEmulated else {
        worker.problems.report(
          "the worker has no latency tables of the further models", at: worker.place,
          remedy:
            "list them in their order, 'further_tables: [\(further.map { _ in "edge-gpu" }.joined(separator: ", "))]'")
        return false
      }
      return true
    }
    guard let nodes = readList(worker, "further_tables", atMost: FieldBounds.mostFurtherModels) else { return false }
    guard nodes.count == further.count else {
      problems.report(
        "\(nodes.count) further tables for \(further.count) further models", at: worker.place(of: "further_tables"),
        remedy: "list one for each, in their order")
      return false
    }
    for (index, node) in nodes.enumerated() {
      guard case .scalar(let scalar) = node, !scalar.string.isEmpty else {
        problems.report("a table must be a plain value", at: node.place, remedy: "write its name or file")
        return false
      }
      let text = scalar.string
      let isBare = !text.contains("/") && !text.hasSuffix(".json")
      let path =
        isBare ? FilePath.resolve(text + ".json", in: further[index].files.directory) : FilePath.resolve(text, in: base)
      description.furtherTables[index] = path
      check(path, "further_tables", worker, description, further[index].files)
    }
    return true
  }

  private func check(
    _ path: String?, _ key: String, _ worker: MappingReader, _ description: WorkerDescription, _ model: ModelFiles?
  ) {
    guard checksFiles, let path, let model else { return }
    let table = LatencyTableFile(path: path, place: worker.place(of: key), problems: problems)
    table.check(blocks: model.exits.count, maxBatch: description.maxBatch, instances: description.instances)
  }
}
