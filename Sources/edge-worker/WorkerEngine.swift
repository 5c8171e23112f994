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

/// The engine a worker was asked for: loads it, warms it, says what it can do, and runs batch after batch.
struct WorkerEngine: Sendable {
  private enum Kind: String { case bare = "onnxruntime", paced, replay }
  private let kind: Kind
  private let model: ModelManifest
  private let heldOut: HeldOutImages
  /// What a paced or replayed engine goes by; what a bare one loads instead of measuring.
  private let table: LatencyTable?
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
    model = try ModelManifest(directory: values.text("model"))
    heldOut = try HeldOutImages(model)
    threads = try values.whole("threads", 1...256)
    instances = try values.whole("instances", 1...64)
    maxBatch = try values.whole("max-batch", 1...4096)
    cache = values.optional("cache") ?? Self.standardCache
    library = values.optional("library")
    let file = values.optional(kind == .bare ? "profile" : "latency-table")
    guard kind == .bare || file != nil else {
      throw UsageError("--latency-table is missing", "edge-worker", "a \(kind.rawValue) engine goes by one")
    }
    table = try file.map { (path) throws(EngineError) in try LatencyTable(file: path) }
    try table?.check(for: model, maxBatch: maxBatch, instances: instances, file: file ?? "")
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
        bench.post(.ready(readiness(engine.profiles), engine: engine.name, isPaced: kind != .bare))
        try run(engine, nil, bench, clock)
      } else if let first = bench.next(), let engine = ready.withLock({ $0 }) {
        try run(engine, first, bench, clock)
      }
    } catch { bench.post(.failed(error.description)) }
  }

  /// Loads, warms and measures.
  private func prepare() throws(EngineError) -> ReadyEngine {
    if kind == .replay, let table {
      return ReadyEngine(onnx: nil, profiles: table.profiles(upTo: instances), name: "replay of \(table.name)")
    }
    let runtime = try OnnxRuntime.open(OnnxRuntime.Settings(library: library, threads: threads))
    let name = "ONNX Runtime \(runtime.version), \(threads) thread\(threads == 1 ? "" : "s")"
    let onnx = ReadyEngine.Onnx(try OnnxEngine(model: model, largestBatch: maxBatch, runtime: runtime))
    var stem = try StemEngine(model: model, heldOut: heldOut, runtime: runtime)
    var features: [FeatureBuffer] = []
    for sample in 0..<min(maxBatch, heldOut.count) { features.append(try stem.feature(of: sample, entering: 1)) }
    if let table {
      // Its times are the table's; this only warms every batch size up.
      var engine = OnnxEngine(sharing: onnx.engine)
      _ = try EngineMeasurement(repeats: 3, budget: .zero).run(&engine, largestBatch: maxBatch, features: features)
      return ReadyEngine(
        onnx: onnx, profiles: table.profiles(upTo: instances),
        name: kind == .paced ? "\(name), paced by \(table.name)" : name)
    }
    return ReadyEngine(onnx: onnx, profiles: try measure(onnx, name, features), name: name)
  }

  /// The profiles kept from an earlier measurement, or measured now: of one instance alone and of all together.
  private func measure(
    _ onnx: ReadyEngine.Onnx, _ name: String, _ features: [FeatureBuffer]
  ) throws(EngineError) -> [LatencyProfile] {
    let store = cache.map { MeasurementCache(directory: $0) }
    let key = MeasurementCache.Key(
      machine: .current(), model: model, engine: name, largestBatch: maxBatch, instances: instances)
    var engine = OnnxEngine(sharing: onnx.engine)
    if let kept = store?.load(key) {
      _ = try EngineMeasurement(repeats: 3, budget: .zero).run(&engine, largestBatch: maxBatch, features: features)
      return kept.profiles(upTo: instances)
    }
    let measured = try EngineMeasurement().run(&engine, largestBatch: maxBatch, features: features)
    let together =
      instances == 1
      ? nil
      : try EngineMeasurement().run(together: instances, largestBatch: maxBatch, features: features) { _ in
        OnnxEngine(sharing: onnx.engine)
      }
    // A cache that cannot be written costs the next run its time, and nothing else.
    _ = try? store?.store(measured, together: together, key)
    let table = LatencyTable(
      name: "measured", model: model.name, largestBatch: maxBatch, profile: measured.p99,
      concurrency: together.map { [LatencyTable.Concurrency(instances: instances, profile: $0)] } ?? [])
    return table.profiles(upTo: instances)
  }

  private func run(
    _ ready: ReadyEngine, _ first: BatchJob?, _ bench: WorkBench<BatchJob, EngineReply>, _ clock: SharedClock
  ) throws(EngineError) {
    if let onnx = ready.onnx {
      try run(OnnxEngine(sharing: onnx.engine), ready.profiles, first, bench, clock)
    } else {
      let engine = ReplayEngine(model: model, heldOut: heldOut, largestBatch: maxBatch)
      try run(engine, ready.profiles, first, bench, clock)
    }
  }

  private func run<Engine: InferenceEngine & ~Copyable>(
    _ engine: consuming Engine, _ profiles: [LatencyProfile], _ first: BatchJob?,
    _ bench: WorkBench<BatchJob, EngineReply>, _ clock: SharedClock
  ) throws(EngineError) {
    let sleep: (Instant) -> Void = { clock.sleep(until: $0) }
    let pacing: Pacing =
      kind != .bare ? .profile(sleep: sleep) : changesSpeed ? .computed(sleep: sleep) : .none
    var executor = try BatchExecutor(engine: engine, profiles: profiles, pacing: pacing, now: { clock.now })
    var next = first ?? bench.next()
    while let job = next {
      executor.run(job) { event in
        bench.post(.event(event))
        // The loop has answers to send, and on few processors it waits for this thread to let go of one.
        sched_yield()
      }
      next = bench.next()
    }
  }

  /// Policies plan with all instances at work.
  private func readiness(_ profiles: [LatencyProfile]) -> WorkerReadiness {
    let latencies = profiles[instances - 1].blocks.map { block in
      LatencyCurve.table((1...maxBatch).map(block.seconds)).monotoneTable(upTo: maxBatch)
    }
    return WorkerReadiness(
      maxBatch: maxBatch, instances: instances,
      featureBytes: model.blocks.map { $0.inputValues * MemoryLayout<Float>.stride },
      accuracies: model.exits.map(\.accuracy), latencies: latencies)
  }
}

/// What instance 0 has made ready.
private struct ReadyEngine: Sendable {
  /// Whom the instances share their weights with.
  final class Onnx: Sendable {
    let engine: OnnxEngine
    init(_ engine: consuming OnnxEngine) { self.engine = engine }
  }
  /// nil for a replay.
  var onnx: Onnx?
  /// With 1, 2, … instances at work.
  var profiles: [LatencyProfile]
  /// For people.
  var name: String
}

private final class ReadyBox: Sendable {
  private let engine = Mutex<ReadyEngine?>(nil)
  func withLock<Result>(_ body: (inout sending ReadyEngine?) -> sending Result) -> Result { engine.withLock(body) }
}
