import EdgeModel
import Inference
import OnnxRuntime
import Wire

/// One of a worker's models: its files, and what says how long its blocks take.
struct HostedModel: Sendable {
  let manifest: ModelManifest
  let heldOut: HeldOutImages
  /// What a paced or replayed engine goes by, or what a bare one loads instead of measuring.
  let table: LatencyTable?

  init(directory: String, table file: String?, maxBatch: Int, instances: Int) throws(EngineError) {
    manifest = try ModelManifest(directory: directory)
    heldOut = try HeldOutImages(manifest)
    table = try file.map { (path) throws(EngineError) in try LatencyTable(file: path) }
    try table?.check(for: manifest, maxBatch: maxBatch, instances: instances, file: file ?? "")
  }

  /// Runs every batch size a few times, so that the engine has planned its memory; with a table its times are known.
  func warmUp<Engine: InferenceEngine & ~Copyable>(
    _ engine: inout Engine, _ features: [FeatureBuffer]
  ) throws(EngineError) {
    _ = try EngineMeasurement(repeats: 3, budget: .zero).run(
      &engine, largestBatch: engine.largestBatch, features: features)
  }

  /// What to measure on: features of the held-out images.
  func features(_ count: Int, _ runtime: OnnxRuntime) throws(EngineError) -> [FeatureBuffer] {
    var stem = try StemEngine(model: manifest, heldOut: heldOut, runtime: runtime)
    var features: [FeatureBuffer] = []
    for sample in 0..<min(count, heldOut.count) { features.append(try stem.feature(of: sample, entering: 1)) }
    return features
  }

  /// Runs every batch size once: what an engine does at a new size alone, it has done then.
  func warmUp<Engine: InferenceEngine & ~Copyable>(_ engine: inout Engine) throws(EngineError) {
    var batch = try engine.makeBatch()
    // What the features are does not matter.
    let feature = FeatureBuffer(byteCount: engine.featureValues(entering: 1) * MemoryLayout<Float>.stride)
    for size in 1...engine.largestBatch { _ = try EnginePass(on: &engine, &batch, size: size, features: [feature]) }
  }

  /// How long blocks take, as far as one engine alone can say.
  enum Timing {
    /// By a table, or an earlier measurement.
    case known([LatencyProfile])
    /// Measured now; with several instances, to be measured on all together.
    case alone(Alone)
  }
  /// What was measured on one engine, with what, and where it will be kept.
  struct Alone {
    let latency: MeasuredLatency
    let largestBatch: Int
    let features: [FeatureBuffer]
    let cache: MeasurementCache?
    let key: MeasurementCache.Key
  }

  /// Checks what the engine answers, warms it up, and says how long its blocks take: by the table, an earlier
  /// measurement, or measured now.
  func time<Engine: InferenceEngine & ~Copyable>(
    _ engine: inout Engine, _ name: String, instances: Int, runtime: OnnxRuntime, cache: String?
  ) throws(EngineError) -> Timing {
    let largest = engine.largestBatch
    let features = try features(largest, runtime)
    try heldOut.check(answersOf: &engine, model: manifest, features: features)
    let store = cache.map { MeasurementCache(directory: $0) }
    let key = MeasurementCache.Key(
      machine: .current(), model: manifest, engine: name, largestBatch: largest, instances: instances)
    if let kept = table ?? store?.load(key) {
      try warmUp(&engine, features)
      return .known(kept.profiles(upTo: instances))
    }
    let latency = try EngineMeasurement().run(&engine, largestBatch: largest, features: features)
    return .alone(Alone(latency: latency, largestBatch: largest, features: features, cache: store, key: key))
  }

  /// The profiles with 1, 2, … `instances` at work; what was measured alone is measured with all together.
  /// `another` gives each instance its engine.
  func profiles<Engine: InferenceEngine & ~Copyable>(
    _ timing: Timing, instances: Int, another: @escaping @Sendable (Int) throws(EngineError) -> Engine
  ) throws(EngineError) -> [LatencyProfile] {
    let alone: Alone
    switch timing {
    case .known(let profiles): return profiles
    case .alone(let measured): alone = measured
    }
    let together =
      instances == 1
      ? nil
      : try EngineMeasurement().run(
        together: instances, largestBatch: alone.largestBatch, features: alone.features, engine: another)
    // A cache that cannot be written costs the next run its time, and nothing else.
    _ = try? alone.cache?.store(alone.latency, together: together, alone.key)
    let measured = LatencyTable(
      name: "measured", model: manifest.name, largestBatch: alone.largestBatch, profile: alone.latency.p99,
      concurrency: together.map { [LatencyTable.Concurrency(instances: instances, profile: $0)] } ?? [])
    return measured.profiles(upTo: instances)
  }

  /// What the base station plans with: all instances at work.
  func readiness(_ profiles: [LatencyProfile], maxBatch: Int, instances: Int) -> WorkerReadiness {
    let latencies = profiles[instances - 1].blocks.map { block in
      LatencyCurve.table((1...maxBatch).map(block.seconds)).monotoneTable(upTo: maxBatch)
    }
    return WorkerReadiness(
      maxBatch: maxBatch, instances: instances,
      featureBytes: manifest.blocks.map { $0.inputValues * MemoryLayout<Float>.stride },
      accuracies: manifest.exits.map(\.accuracy), latencies: latencies)
  }
}

/// A loaded model, whose weights the instances' engines share; unloaded when nobody holds it.
final class SharedEngine: Sendable {
  let engine: OnnxEngine
  init(_ engine: consuming OnnxEngine) { self.engine = engine }
}
