import DeviceEngines
import EdgeModel
import Glibc
import Inference
import NodeCommands
import OnnxRuntime
import Terminal
import Units
import Wire
import ZeroMQTransport

/// The engine a worker was asked for: loads its models, warms them, says what it can do, and runs batch after batch on each
/// of its instances.
struct WorkerEngine: Sendable {
  private enum Kind: String, CaseIterable {
    case bare = "onnxruntime"
    case cuda, torch, paced, replay
    var isEmulated: Bool { self == .paced || self == .replay }
    var onDevice: DeviceEngineChoice.Kind? { DeviceEngineChoice.Kind(rawValue: rawValue) }
  }
  private let kind: Kind
  /// In the order of their numbers.
  let models: [HostedModel]
  /// What the loaded ones may take [byte].
  let memory: Int?
  let threads: Int
  let instances: Int
  /// What the loop lays side by side of a batch, for ONNX Runtime on a CPU; a replay reads no features, a GPU has staging
  /// memory of its own. 8 MiB keep the loop from its messages for a millisecond or two, of the 50 or more that such rows take; an
  /// emulated engine is to start on time and has its copying held within the first block's time.
  var sideBySideBytes: Int {
    switch kind {
    case .bare: 1 << 23
    case .paced: 1 << 19
    case .cuda, .torch, .replay: 0
    }
  }
  let maxBatch: Int
  let cache: String?
  let library: String?
  let place: DevicePlace
  let plugin: String?
  /// Whether the node's other threads may run where the engine's do.
  private let sharesCPUs: Bool
  /// Whether the node's other threads are to wait for it, where they share processors: not where an emulated engine is to
  /// end its blocks on time, and not where it computes on a GPU.
  var goesFirst: Bool { sharesCPUs && !kind.isEmulated && (kind == .bare || place == .processor) }
  /// Whether it answers as fast as it can, on processors of its own, and the loop may come late for it or wait with it as it
  /// likes. An emulated one's answers leave on time.
  var isApart: Bool { !sharesCPUs && !kind.isEmulated }
  /// Batches that may lie ahead of it: two where it goes on while the node's loop is kept from its processor.
  var mostAhead: Int { isApart || (kind.onDevice != nil && place != .processor) ? 2 : 1 }
  /// A bare engine is held back at times.
  private let changesSpeed: Bool
  let ready = ReadyBox()

  init(_ values: FlagValues, changesSpeed: Bool) throws {
    guard let kind = Kind(rawValue: values.text("engine")) else {
      throw values.fault("engine", "none of " + Kind.allCases.map(\.rawValue).joined(separator: ", "))
    }
    self.kind = kind
    self.changesSpeed = changesSpeed
    sharesCPUs = !values.has("cpus")
    threads = try values.whole("threads", 1...256)
    instances = try values.whole("instances", 1...64)
    maxBatch = try values.whole("max-batch", 1...4096)
    cache = values.optional("cache") ?? Self.standardCache
    library = values.optional("library")
    guard let place = DevicePlace(text: values.optional("device") ?? "0") else {
      throw values.fault("device", "neither cpu nor a GPU's number, 0 to \(DevicePlace.largestNumber)")
    }
    self.place = place
    plugin = values.optional("plugin")
    let directories = values.all("model")
    let tables = try Self.tables(values, kind, models: directories.count)
    let (maxBatch, instances) = (maxBatch, instances)
    models = try zip(directories, tables).map { (directory, table) throws(EngineError) in
      try HostedModel(directory: directory, table: table, maxBatch: maxBatch, instances: instances)
    }
    memory = try values.optional("memory").map { _ in
      Int(try values.quantity("memory") { (text) throws(QuantityError) in try Bits(text: text) }.value / 8)
    }
    guard memory == nil || kind != .replay else {
      throw values.fault("memory", "not for the engine replay, which loads no model")
    }
    try ModelMemory.check(
      memory, models: models.map(\.manifest.engineBytes), instances: instances, hasCopies: kind.onDevice != nil,
      worker: values.text("name"))
  }

  /// The table or profile of each model; nil: measure.
  private static func tables(_ values: FlagValues, _ kind: Kind, models: Int) throws(UsageError) -> [String?] {
    guard models > 0 else { throw UsageError("--model is missing", "edge-worker", "name the model's directory") }
    let first = values.optional(kind.isEmulated ? "latency-table" : "profile")
    guard !kind.isEmulated || first != nil else {
      throw UsageError("--latency-table is missing", "edge-worker", "a \(kind.rawValue) engine goes by one")
    }
    let further: [String?] = values.all("further-table").map { $0 == "measure" ? nil : $0 }
    guard further.isEmpty && !kind.isEmulated || further.count == models - 1 else {
      throw values.fault("further-table", "given \(further.count) times for \(models - 1) further models")
    }
    guard !kind.isEmulated || further.allSatisfy({ $0 != nil }) else {
      throw values.fault("further-table", "no file, and a \(kind.rawValue) engine goes by one")
    }
    return [first] + (further.isEmpty ? Array(repeating: nil, count: models - 1) : further)
  }

  private static var standardCache: String? {
    if let cache = getenv("XDG_CACHE_HOME") { return String(cString: cache) + "/offramp" }
    guard let home = getenv("HOME") else { return nil }
    let cache = String(cString: home) + "/.cache"
    mkdir(cache, 0o755)
    return cache + "/offramp"
  }

  // MARK: On the instances' threads

  /// Instance 0 makes the engine ready for all; jobs, which the others wait for, come after that.
  func serve(_ instance: Int, _ bench: WorkBench<BatchJob, EngineReply>, _ clock: SharedClock) {
    do throws(EngineError) {
      if let onDevice = kind.onDevice { return try serve(instance, onDevice, bench, clock) }
      if instance == 0 {
        let engine = try prepare()
        ready.put(engine)
        bench.post(.ready(readiness(engine), engine: engine.name, isPaced: kind.isEmulated))
        try run(engine, on: instance, nil, bench, clock)
      } else if let first = bench.next(), let engine = ready.content {
        try run(engine, on: instance, first, bench, clock)
      }
    } catch { bench.post(.failed(error.description)) }
  }

  /// Loads, warms and measures each model, one after the other; those that the memory holds stay.
  private func prepare() throws(EngineError) -> ReadyEngine {
    if kind == .replay {
      let tables = models.compactMap(\.table)
      return ReadyEngine(
        loaded: nil, profiles: tables.map { $0.profiles(upTo: instances) },
        name: "replay of \(tables.map(\.name).joined(separator: ", "))")
    }
    let runtime = try OnnxRuntime.open(OnnxRuntime.Settings(library: library, threads: threads))
    let name = "ONNX Runtime \(runtime.version), \(threads) thread\(threads == 1 ? "" : "s")"
    let loaded = SharedModels(bytes: models.map(\.manifest.engineBytes), budget: memory) {
      [models, maxBatch] (number) throws(EngineError) in
      SharedEngine(try OnnxEngine(model: models[number].manifest, largestBatch: maxBatch, runtime: runtime))
    }
    var profiles: [[LatencyProfile]] = []
    for (number, model) in models.enumerated() {
      let shared = try loaded.take(ModelID(number), for: 0, batch: BatchID(-1)).loaded
      var engine = OnnxEngine(sharing: shared.engine)
      let timing = try model.time(&engine, name, instances: instances, runtime: runtime, cache: cache)
      profiles.append(try model.profiles(timing, instances: instances) { _ in OnnxEngine(sharing: shared.engine) })
    }
    let pace = models.compactMap(\.table?.name).joined(separator: ", ")
    return ReadyEngine(
      loaded: loaded, profiles: profiles, name: kind == .paced ? "\(name), paced by \(pace)" : name)
  }

  private func run(
    _ ready: ReadyEngine, on instance: Int, _ first: BatchJob?, _ bench: WorkBench<BatchJob, EngineReply>,
    _ clock: SharedClock
  ) throws(EngineError) {
    if let loaded = ready.loaded {
      var runners: [Runner<OnnxEngine>?] = Array(repeating: nil, count: models.count)
      try run(first, bench) { (job) throws(EngineError) in
        let model = job.plan.model.number
        if let known = runners[model] { return known }
        // Where memory is bounded an instance holds one model, so that others can be unloaded.
        if memory != nil { runners = Array(repeating: nil, count: models.count) }
        let (shared, load) = try loaded.take(job.plan.model, for: instance, batch: job.plan.id)
        if let load { bench.post(.event(.modelLoaded(load, instance: instance))) }
        let runner = try runner(of: model, OnnxEngine(sharing: shared.engine), ready.profiles, clock)
        runners[model] = runner
        return runner
      }
    } else {
      var runners: [Runner<ReplayEngine>?] = Array(repeating: nil, count: models.count)
      try run(first, bench) { (job) throws(EngineError) in
        let model = job.plan.model.number
        if let known = runners[model] { return known }
        let engine = ReplayEngine(
          model: models[model].manifest, heldOut: models[model].heldOut, largestBatch: maxBatch)
        let runner = try runner(of: model, engine, ready.profiles, clock)
        runners[model] = runner
        return runner
      }
    }
  }

  /// What runs `model`'s batches on `engine`, an instance's own.
  func runner<Engine: InferenceEngine & ~Copyable>(
    of model: Int, _ engine: consuming Engine, _ profiles: [[LatencyProfile]], _ clock: SharedClock
  ) throws(EngineError) -> Runner<Engine> {
    let sleep: (Instant) -> Void = { clock.sleep(until: $0) }
    let pacing: Pacing =
      kind.isEmulated ? .profile(sleep: sleep) : changesSpeed ? .computed(sleep: sleep) : .none
    return Runner(
      try BatchExecutor(engine: engine, profiles: profiles[model], pacing: pacing, now: { clock.now }),
      blocks: models[model].manifest.blocks.count)
  }

  /// `runner` gives the one of a job's model; where it throws, that batch fails alone.
  func run<Engine: InferenceEngine & ~Copyable>(
    _ first: BatchJob?, _ bench: WorkBench<BatchJob, EngineReply>,
    runner: (BatchJob) throws(EngineError) -> Runner<Engine>
  ) throws(EngineError) {
    // Its blocks end when a table says, and so their answers leave. Two values, not `self`, which would be copied for each
    // batch with all that it refers to.
    let (isTimed, lendsCPU) = (kind.isEmulated, sharesCPUs)
    var next = first ?? bench.next()
    while let job = next {
      do throws(EngineError) {
        let runner = try runner(job)
        runner.run(job, anotherBatchWaits: { !isTimed && bench.anotherWaits }) { event, timing in
          let isUrgent = bench.post(event, timing)
          // The loop has answers to send, and on few processors it waits for this thread to let go of one.
          if lendsCPU, isUrgent { sched_yield() }
        }
      } catch {
        bench.post(.event(.failed(job.plan.id, instance: job.plan.instance, reason: error.description)))
      }
      job.sideBySide?.giveBack()
      next = bench.next()
    }
  }

  func readiness(_ engine: ReadyEngine) -> WorkerReadiness {
    var all = zip(models, engine.profiles).map { model, profiles in
      model.readiness(profiles, maxBatch: maxBatch, instances: instances)
    }
    var first = all.removeFirst()
    first.furtherModels = all
    return first
  }
}
