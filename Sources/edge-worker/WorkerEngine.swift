import DeviceEngines
import EdgeModel
import Glibc
import Inference
import NodeCommands
import OnnxRuntime
import Synchronization
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
  private let models: [HostedModel]
  /// What the loaded ones may take [byte].
  private let memory: Int?
  private let threads: Int
  let instances: Int
  /// ONNX Runtime on a CPU; a replay reads no features, a GPU has staging memory of its own.
  var takesRowsSideBySide: Bool { kind == .bare || kind == .paced }
  private let maxBatch: Int
  private let cache: String?
  private let library: String?
  private let place: DevicePlace
  private let plugin: String?
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
  private let ready = ReadyBox()

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
    guard memory == nil || kind == .bare || kind == .paced else {
      throw values.fault("memory", "for the engines onnxruntime and paced alone")
    }
    try ModelMemory.check(
      memory, models: models.map(\.manifest.engineBytes), instances: instances, worker: values.text("name"))
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
        ready.withLock { $0 = engine }
        bench.post(.ready(readiness(engine), engine: engine.name, isPaced: kind.isEmulated))
        try run(engine, on: instance, nil, bench, clock)
      } else if let first = bench.next(), let engine = ready.withLock({ $0 }) {
        try run(engine, on: instance, first, bench, clock)
      }
    } catch { bench.post(.failed(error.description)) }
  }

  /// On a device each instance has an engine of its own for each model, all open before the worker is ready.
  private func serve(
    _ instance: Int, _ onDevice: DeviceEngineChoice.Kind, _ bench: WorkBench<BatchJob, EngineReply>,
    _ clock: SharedClock
  ) throws(EngineError) {
    let needsCUDA = onDevice == .cuda && place != .processor
    let library = needsCUDA ? try OnnxLibrary.locate(library, prefersCUDA: true) : library
    let runtime = try OnnxRuntime.open(OnnxRuntime.Settings(library: library, threads: threads))
    let choice = DeviceEngineChoice(onDevice, on: place, threads: threads, plugin: plugin)
    var (profiles, name): ([[LatencyProfile]], String) = ([], "")
    var engines: [ModelID: DeviceBox] = [:]
    for (number, model) in models.enumerated() {
      var engine = try choice.open(model: model.manifest, largestBatch: maxBatch, runtime: runtime)
      if instance == 0 {
        name = "\(engine.name), \(threads) thread\(threads == 1 ? "" : "s")"
        profiles.append(
          try model.measure(&engine, name, instances: instances, runtime: runtime, cache: cache) {
            [maxBatch] _ throws(EngineError) in
            try choice.open(model: model.manifest, largestBatch: maxBatch, runtime: runtime)
          })
      } else {
        try model.warmUp(&engine, try model.features(maxBatch, runtime))
      }
      engines[ModelID(number)] = DeviceBox(engine)
    }
    var first: BatchJob?
    if instance == 0 {
      ready.awaitOthers(instances - 1)
      let engine = ReadyEngine(loaded: nil, profiles: profiles, name: name)
      ready.withLock { $0 = engine }
      bench.post(.ready(readiness(engine), engine: name, isPaced: false))
    } else {
      ready.countOne()
      guard let job = bench.next(), let engine = ready.withLock({ $0 }) else { return }
      (first, profiles) = (job, engine.profiles)
    }
    try run(profiles, on: instance, first, bench, clock) { (job) throws(EngineError) in
      guard let engine = engines[job.plan.model]?.take() else {
        throw EngineError("there is no model \(job.plan.model.number)", remedy: "have all nodes run one topology")
      }
      return engine
    }
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
    let loaded = LoadedModels(bytes: models.map(\.manifest.engineBytes), budget: memory) {
      [models, maxBatch] (number) throws(EngineError) in
      SharedEngine(try OnnxEngine(model: models[number].manifest, largestBatch: maxBatch, runtime: runtime))
    }
    var profiles: [[LatencyProfile]] = []
    for (number, model) in models.enumerated() {
      let shared = try loaded.take(ModelID(number), for: 0, batch: BatchID(-1)).engine
      var engine = OnnxEngine(sharing: shared.engine)
      profiles.append(
        try model.measure(&engine, name, instances: instances, runtime: runtime, cache: cache) { _ in
          OnnxEngine(sharing: shared.engine)
        })
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
      try run(ready.profiles, on: instance, first, bench, clock) { (job) throws(EngineError) in
        let (shared, load) = try loaded.take(job.plan.model, for: instance, batch: job.plan.id)
        if let load { bench.post(.event(.modelLoaded(load, instance: instance))) }
        return OnnxEngine(sharing: shared.engine)
      }
    } else {
      try run(ready.profiles, on: instance, first, bench, clock) { job in
        let model = models[job.plan.model.number]
        return ReplayEngine(model: model.manifest, heldOut: model.heldOut, largestBatch: maxBatch)
      }
    }
  }

  /// `engine` gives the one that a job needs, where the one before was of another model.
  private func run<Engine: InferenceEngine & ~Copyable>(
    _ profiles: [[LatencyProfile]], on instance: Int, _ first: BatchJob?,
    _ bench: WorkBench<BatchJob, EngineReply>, _ clock: SharedClock, engine: (BatchJob) throws(EngineError) -> Engine
  ) throws(EngineError) {
    let sleep: (Instant) -> Void = { clock.sleep(until: $0) }
    let pacing: Pacing =
      kind.isEmulated ? .profile(sleep: sleep) : changesSpeed ? .computed(sleep: sleep) : .none
    // Its blocks end when a table says, and so their answers leave.
    let isTimed = kind.isEmulated
    var runners: [Runner<Engine>?] = Array(repeating: nil, count: models.count)
    var next = first ?? bench.next()
    while let job = next {
      do throws(EngineError) {
        // Where memory is bounded an instance holds one model, so that others can be unloaded.
        let model = job.plan.model.number
        if memory != nil, runners[model] == nil { runners = Array(repeating: nil, count: models.count) }
        let runner: Runner<Engine>
        if let known = runners[model] {
          runner = known
        } else {
          runner = Runner(
            try BatchExecutor(
              engine: try engine(job), profiles: profiles[model], pacing: pacing, now: { clock.now }),
            blocks: models[model].manifest.blocks.count)
          runners[model] = runner
        }
        runner.executor.run(job) { event in
          let timing = runner.hold.timing(
            of: event, of: job.plan, anotherBatchWaits: !isTimed && bench.anotherWaits)
          let isUrgent = bench.post(event, timing)
          // The loop has answers to send, and on few processors it waits for this thread to let go of one.
          if sharesCPUs, isUrgent { sched_yield() }
        }
      } catch { bench.post(.event(.failed(job.plan.id, instance: instance, reason: error.description))) }
      job.sideBySide?.giveBack()
      next = bench.next()
    }
  }

  private func readiness(_ engine: ReadyEngine) -> WorkerReadiness {
    var all = zip(models, engine.profiles).map { model, profiles in
      model.readiness(profiles, maxBatch: maxBatch, instances: instances)
    }
    var first = all.removeFirst()
    first.furtherModels = all
    return first
  }
}

/// One model's executor on one instance.
private final class Runner<Engine: InferenceEngine & ~Copyable> {
  var executor: BatchExecutor<Engine>
  var hold: AnswerHold
  init(_ executor: consuming BatchExecutor<Engine>, blocks: Int) {
    self.executor = executor
    hold = AnswerHold(blocks: blocks)
  }
}

/// What instance 0 has made ready.
private struct ReadyEngine: Sendable {
  /// nil for a replay.
  var loaded: LoadedModels?
  /// Of each model, with 1, 2, … instances at work.
  var profiles: [[LatencyProfile]]
  /// For people.
  var name: String
}

/// An engine that one instance opened for a model before its first batch, and takes when that comes.
private final class DeviceBox {
  private var engine: DeviceEngine?
  init(_ engine: consuming DeviceEngine) { self.engine = consume engine }
  func take() -> DeviceEngine? { engine.take() }
}

private final class ReadyBox: Sendable {
  private let engine = Mutex<ReadyEngine?>(nil)
  private let others = Atomic<Int>(0)
  func countOne() { others.add(1, ordering: .releasing) }
  /// Waits until so many other instances are open; one that fails ends the process.
  func awaitOthers(_ count: Int) { while others.load(ordering: .acquiring) < count { usleep(1000) } }
  func withLock<Result>(_ body: (inout sending ReadyEngine?) -> sending Result) -> Result { engine.withLock(body) }
}
