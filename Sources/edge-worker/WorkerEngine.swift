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
  private enum Kind: String { case bare = "onnxruntime", paced, replay }
  private let kind: Kind
  /// In the order of their numbers.
  private let models: [HostedModel]
  /// What the loaded ones may take [byte].
  private let memory: Int?
  private let threads: Int
  let instances: Int
  private let maxBatch: Int
  private let cache: String?
  private let library: String?
  /// A bare engine is held back at times.
  private let changesSpeed: Bool
  private let ready = ReadyBox()

  init(_ values: FlagValues, changesSpeed: Bool) throws {
    guard let kind = Kind(rawValue: values.text("engine")) else {
      throw values.fault("engine", "neither onnxruntime, paced nor replay")
    }
    self.kind = kind
    self.changesSpeed = changesSpeed
    threads = try values.whole("threads", 1...256)
    instances = try values.whole("instances", 1...64)
    maxBatch = try values.whole("max-batch", 1...4096)
    cache = values.optional("cache") ?? Self.standardCache
    library = values.optional("library")
    let directories = values.all("model")
    let tables = try Self.tables(values, kind, models: directories.count)
    let (maxBatch, instances) = (maxBatch, instances)
    models = try zip(directories, tables).map { (directory, table) throws(EngineError) in
      try HostedModel(directory: directory, table: table, maxBatch: maxBatch, instances: instances)
    }
    memory = try values.optional("memory").map { _ in
      Int(try values.quantity("memory") { (text) throws(QuantityError) in try Bits(text: text) }.value / 8)
    }
    try ModelMemory.check(
      memory, models: models.map(\.manifest.engineBytes), instances: instances, worker: values.text("name"))
  }

  /// The table or profile of each model; nil: measure.
  private static func tables(_ values: FlagValues, _ kind: Kind, models: Int) throws(UsageError) -> [String?] {
    guard models > 0 else { throw UsageError("--model is missing", "edge-worker", "name the model's directory") }
    let first = values.optional(kind == .bare ? "profile" : "latency-table")
    guard kind == .bare || first != nil else {
      throw UsageError("--latency-table is missing", "edge-worker", "a \(kind.rawValue) engine goes by one")
    }
    let further: [String?] = values.all("further-table").map { $0 == "measure" ? nil : $0 }
    guard further.isEmpty && kind == .bare || further.count == models - 1 else {
      throw values.fault("further-table", "given \(further.count) times for \(models - 1) further models")
    }
    guard kind == .bare || further.allSatisfy({ $0 != nil }) else {
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
      if instance == 0 {
        let engine = try prepare()
        ready.withLock { $0 = engine }
        bench.post(.ready(readiness(engine), engine: engine.name, isPaced: kind != .bare))
        try run(engine, on: instance, nil, bench, clock)
      } else if let first = bench.next(), let engine = ready.withLock({ $0 }) {
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
    let loaded = LoadedModels(bytes: models.map(\.manifest.engineBytes), budget: memory) {
      [models, maxBatch] (number) throws(EngineError) in
      SharedEngine(try OnnxEngine(model: models[number].manifest, largestBatch: maxBatch, runtime: runtime))
    }
    var profiles: [[LatencyProfile]] = []
    for (number, model) in models.enumerated() {
      let shared = try loaded.take(ModelID(number), for: 0, batch: BatchID(-1)).engine
      profiles.append(try model.measure(shared, name, instances: instances, runtime: runtime, cache: cache))
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
      kind != .bare ? .profile(sleep: sleep) : changesSpeed ? .computed(sleep: sleep) : .none
    var runners: [ModelID: Runner<Engine>] = [:]
    var next = first ?? bench.next()
    while let job = next {
      do throws(EngineError) {
        // Where memory is bounded an instance holds one model, so that others can be unloaded.
        if memory != nil, runners[job.plan.model] == nil { runners = [:] }
        let runner: Runner<Engine>
        if let known = runners[job.plan.model] {
          runner = known
        } else {
          runner = Runner(
            try BatchExecutor(
              engine: try engine(job), profiles: profiles[job.plan.model.number], pacing: pacing, now: { clock.now }))
          runners[job.plan.model] = runner
        }
        runner.executor.run(job) { event in
          bench.post(.event(event))
          // The loop has answers to send, and on few processors it waits for this thread to let go of one.
          sched_yield()
        }
      } catch { bench.post(.event(.failed(job.plan.id, instance: instance, reason: error.description))) }
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
  init(_ executor: consuming BatchExecutor<Engine>) { self.executor = executor }
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

private final class ReadyBox: Sendable {
  private let engine = Mutex<ReadyEngine?>(nil)
  func withLock<Result>(_ body: (inout sending ReadyEngine?) -> sending Result) -> Result { engine.withLock(body) }
}
