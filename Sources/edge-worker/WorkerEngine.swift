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

/// The engine a worker was asked for: loads it, warms it, says what it can do, and runs batch after batch.
struct WorkerEngine: Sendable {
  private enum Kind: String, CaseIterable {
    case bare = "onnxruntime"
    case cuda, torch, paced, replay
    var isEmulated: Bool { self == .paced || self == .replay }
    var onDevice: DeviceEngineChoice.Kind? { DeviceEngineChoice.Kind(rawValue: rawValue) }
  }
  private let kind: Kind
  private let model: ModelManifest
  private let heldOut: HeldOutImages
  /// What a paced or replayed engine goes by; what a bare one loads instead of measuring.
  private let table: LatencyTable?
  private let threads: Int
  private let maxBatch: Int
  private let cache: String?
  private let library: String?
  private let place: DevicePlace
  private let plugin: String?
  /// A bare engine is held back at times.
  private let changesSpeed: Bool

  init(_ values: FlagValues, changesSpeed: Bool) throws {
    guard let kind = Kind(rawValue: values.text("engine")) else {
      throw values.fault("engine", "none of " + Kind.allCases.map(\.rawValue).joined(separator: ", "))
    }
    self.kind = kind
    self.changesSpeed = changesSpeed
    model = try ModelManifest(directory: values.text("model"))
    heldOut = try HeldOutImages(model)
    threads = try values.whole("threads", 1...256)
    maxBatch = try values.whole("max-batch", 1...4096)
    cache = values.optional("cache") ?? Self.standardCache
    library = values.optional("library")
    guard let place = DevicePlace(text: values.optional("device") ?? "0") else {
      throw values.fault("device", "neither cpu nor a GPU's number, 0 to \(DevicePlace.largestNumber)")
    }
    self.place = place
    plugin = values.optional("plugin")
    let file = values.optional(kind.isEmulated ? "latency-table" : "profile")
    guard !kind.isEmulated || file != nil else {
      throw UsageError("--latency-table is missing", "edge-worker", "a \(kind.rawValue) engine goes by one")
    }
    table = try file.map { (path) throws(EngineError) in try LatencyTable(file: path) }
    try table?.check(for: model, maxBatch: maxBatch, file: file ?? "")
  }

  private static var standardCache: String? {
    if let cache = getenv("XDG_CACHE_HOME") { return String(cString: cache) + "/offramp" }
    guard let home = getenv("HOME") else { return nil }
    let cache = String(cString: home) + "/.cache"
    mkdir(cache, 0o755)
    return cache + "/offramp"
  }

  // MARK: On the engine's thread

  func serve(_ bench: WorkBench<BatchJob, EngineReply>, _ clock: SharedClock) {
    do throws(EngineError) {
      switch kind {
      case .replay:
        guard let table else { return }
        let engine = ReplayEngine(model: model, heldOut: heldOut, largestBatch: maxBatch)
        try run(engine, table.profile, "replay of \(table.name)", isPaced: true, bench, clock)
      case .cuda, .torch:
        try serveOnDevice(bench, clock)
      case .bare, .paced:
        let runtime = try OnnxRuntime.open(OnnxRuntime.Settings(library: library, threads: threads))
        let name = "ONNX Runtime \(runtime.version), \(threads) thread\(threads == 1 ? "" : "s")"
        var engine = try OnnxEngine(model: model, largestBatch: maxBatch, runtime: runtime)
        let features = try features(runtime)
        if kind == .paced, let table {
          // Its times are the table's; this only warms every batch size up.
          _ = try EngineMeasurement(repeats: 3, budget: .zero).run(&engine, largestBatch: maxBatch, features: features)
          try run(engine, table.profile, "\(name), paced by \(table.name)", isPaced: true, bench, clock)
        } else {
          let profile = try measure(&engine, name, features)
          try run(engine, profile, name, isPaced: false, bench, clock)
        }
      }
    } catch { bench.post(.failed(error.description)) }
  }

  private func serveOnDevice(_ bench: WorkBench<BatchJob, EngineReply>, _ clock: SharedClock) throws(EngineError) {
    guard let onDevice = kind.onDevice else { return }
    let needsCUDA = onDevice == .cuda && place != .processor
    let library = needsCUDA ? try OnnxLibrary.locate(library, prefersCUDA: true) : library
    let runtime = try OnnxRuntime.open(OnnxRuntime.Settings(library: library, threads: threads))
    let choice = DeviceEngineChoice(onDevice, on: place, threads: threads, plugin: plugin)
    var engine = try choice.open(model: model, largestBatch: maxBatch, runtime: runtime)
    let name = "\(engine.name), \(threads) thread\(threads == 1 ? "" : "s")"
    let profile = try measure(&engine, name, try features(runtime))
    try run(engine, profile, name, isPaced: false, bench, clock)
  }

  /// What engines are measured on.
  private func features(_ runtime: OnnxRuntime) throws(EngineError) -> [FeatureBuffer] {
    var stem = try StemEngine(model: model, heldOut: heldOut, runtime: runtime)
    var features: [FeatureBuffer] = []
    for sample in 0..<min(maxBatch, heldOut.count) { features.append(try stem.feature(of: sample, entering: 1)) }
    return features
  }

  /// The profile that was named, or kept from an earlier measurement, or measured now.
  private func measure<Engine: InferenceEngine & ~Copyable>(
    _ engine: inout Engine, _ name: String, _ features: [FeatureBuffer]
  ) throws(EngineError) -> LatencyProfile {
    if let table {
      _ = try EngineMeasurement(repeats: 3, budget: .zero).run(&engine, largestBatch: maxBatch, features: features)
      return table.profile
    }
    let store = cache.map { MeasurementCache(directory: $0) }
    let key = MeasurementCache.Key(machine: .current(), model: model, engine: name, largestBatch: maxBatch)
    if let kept = store?.load(key) {
      _ = try EngineMeasurement(repeats: 3, budget: .zero).run(&engine, largestBatch: maxBatch, features: features)
      return kept.profile
    }
    let measured = try EngineMeasurement().run(&engine, largestBatch: maxBatch, features: features)
    // A cache that cannot be written costs the next run its time, and nothing else.
    _ = try? store?.store(measured, key)
    return measured.p99
  }

  private func run<Engine: InferenceEngine & ~Copyable>(
    _ engine: consuming Engine, _ profile: LatencyProfile, _ name: String, isPaced: Bool,
    _ bench: WorkBench<BatchJob, EngineReply>, _ clock: SharedClock
  ) throws(EngineError) {
    let sleep: (Instant) -> Void = { clock.sleep(until: $0) }
    let pacing: Pacing =
      isPaced ? .profile(sleep: sleep) : changesSpeed ? .computed(sleep: sleep) : .none
    var executor = try BatchExecutor(engine: engine, profile: profile, pacing: pacing, now: { clock.now })
    bench.post(.ready(readiness(profile), engine: name, isPaced: isPaced))
    while let job = bench.next() {
      executor.run(job) { event in
        bench.post(.event(event))
        // The loop has answers to send, and on few processors it waits for this thread to let go of one.
        sched_yield()
      }
    }
  }

  private func readiness(_ profile: LatencyProfile) -> WorkerReadiness {
    let latencies = profile.blocks.map { block in
      LatencyCurve.table((1...maxBatch).map(block.seconds)).monotoneTable(upTo: maxBatch)
    }
    return WorkerReadiness(
      maxBatch: maxBatch, instances: 1,
      featureBytes: model.blocks.map { $0.inputValues * MemoryLayout<Float>.stride },
      accuracies: model.exits.map(\.accuracy), latencies: latencies)
  }
}
