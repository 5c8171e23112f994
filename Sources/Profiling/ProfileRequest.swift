import DeviceEngines
import EdgeModel
import Glibc
public import Inference
import OnnxRuntime
import TraceLog

/// What is to be profiled, on which engine, and how long that may take.
public struct ProfileRequest: Sendable {
  /// The engines that compute something, by their names on command lines.
  enum Engine: String, CaseIterable, Sendable {
    case onnxRuntime = "onnxruntime"
    case cuda, torch
  }

  /// Largest batch where none is asked for: what the shipped tables cover.
  public static let standardBatch = 64
  public static let standardEngine = "onnxruntime"
  public static let standardRepeats = 100
  public static let standardBudget = Duration.seconds(20)

  private let model: ModelManifest
  private let engine: Engine
  private let place: DevicePlace
  private let plugin: String?
  private let threads: Int
  private let instances: Int
  private let maxBatch: Int
  private let profiler: EngineProfiler
  private let library: String?

  /// `model` is a directory; `library` ONNX Runtime's, where it is not found by itself. `device` is a GPU's number or
  /// `cpu`, by default GPU 0, and `plugin` the plugin's file, for the engines that have one. With more than one of
  /// `instances` 2, 3, … up to so many at work are measured too, each for up to `budget`.
  ///
  /// Throws for an engine that is not there or computes nothing, for counts out of range, and for a model that cannot be
  /// read, is damaged, or does not fit into memory at this batch size. O(the model's bytes).
  public init(
    model: String, engine: String = Self.standardEngine, device: String? = nil, plugin: String? = nil, threads: Int = 1,
    instances: Int = 1, maxBatch: Int = Self.standardBatch, repeats: Int = Self.standardRepeats,
    budget: Duration = Self.standardBudget, library: String? = nil
  ) throws(EngineError) {
    let engine = try Self.engine(named: engine)
    self.engine = engine
    place = try Self.place(device, of: engine)
    guard plugin == nil || engine == .torch else {
      throw EngineError("the engine '\(engine.rawValue)' has no plugin", at: "--plugin", remedy: "leave it out")
    }
    self.plugin = plugin
    try Self.check(threads, "--threads", 1...256)
    try Self.check(instances, "--instances", 1...64)
    try Self.check(maxBatch, "--max-batch", 1...LatencyTable.mostRows)
    try Self.check(repeats, "--repeats", 1...1_000_000)
    guard budget >= .zero else {
      throw EngineError("a negative time", at: "--budget", remedy: "give one from 0 s")
    }
    self.model = try ModelManifest(directory: model)
    try Self.checkMemory(self.model, maxBatch)
    try self.model.checkTimedFiles()
    self.threads = threads
    self.instances = instances
    self.maxBatch = maxBatch
    profiler = EngineProfiler(repeats: repeats, budget: budget)
    self.library = library
  }

  /// The model's name.
  public var modelName: String { model.name }

  /// Loads the engine and measures. `progress` is told the share done and the rounds made.
  public func perform(
    progress: (_ share: Double, _ rounds: Int) -> Void = { _, _ in }
  ) throws(EngineError) -> EngineProfile {
    let runtime = try openRuntime()
    if let kind = DeviceEngineChoice.Kind(rawValue: engine.rawValue) {
      let engine = try openDevice(kind, runtime)
      let origin = ProfileOrigin(
        engine: self.engine.rawValue, engineVersion: engine.version, device: engine.device, threads: threads,
        version: Release.version)
      return try measure(engine, origin, runtime, progress) { _ throws(EngineError) in try openDevice(kind, runtime) }
    }
    let origin = ProfileOrigin(
      engine: engine.rawValue, engineVersion: runtime.version, threads: threads, version: Release.version)
    let first = try OnnxEngine(model: model, largestBatch: maxBatch, runtime: runtime)
    let shared = SharedEngine(OnnxEngine(sharing: first))
    return try measure(first, origin, runtime, progress) { _ in OnnxEngine(sharing: shared.engine) }
  }

  /// One instance alone, then 2, 3, … together, each on the engine that `another` gives it.
  private func measure<Engine: InferenceEngine & ~Copyable>(
    _ engine: consuming Engine, _ origin: ProfileOrigin, _ runtime: OnnxRuntime,
    _ progress: (_ share: Double, _ rounds: Int) -> Void,
    another: @escaping @Sendable (Int) throws(EngineError) -> Engine
  ) throws(EngineError) -> EngineProfile {
    var engine = engine
    let features = try features(runtime)
    let parts = Double(instances)
    let measured = try profiler.run(&engine, largestBatch: maxBatch, features: features) { progress($0 / parts, $1) }
    var together: [LatencyTable.Concurrency] = []
    for count in stride(from: 2, through: instances, by: 1) {
      let profile = try EngineMeasurement(repeats: profiler.repeats, budget: profiler.budget).run(
        together: count, largestBatch: maxBatch, features: features[0], engine: another)
      together.append(LatencyTable.Concurrency(instances: count, profile: profile))
      progress(Double(count) / parts, measured.repeats)
    }
    return EngineProfile(measured, of: model, origin, together: together)
  }
  private func openDevice(_ kind: DeviceEngineChoice.Kind, _ runtime: OnnxRuntime) throws(EngineError) -> DeviceEngine {
    let choice = DeviceEngineChoice(kind, on: place, threads: threads, plugin: plugin)
    return try choice.open(model: model, largestBatch: maxBatch, runtime: runtime)
  }
  /// The stem runs on the processor whatever the engine.
  private func openRuntime() throws(EngineError) -> OnnxRuntime {
    let needsCUDA = engine == .cuda && place != .processor
    let library = needsCUDA ? try OnnxLibrary.locate(library, prefersCUDA: true) : library
    return try OnnxRuntime.open(OnnxRuntime.Settings(library: library, threads: threads))
  }

  /// Holds random batches on an engine whose batches stay on a device against ONNX Runtime on the processor.
  ///
  /// `tolerance` is what features and confidences may differ by. Throws where it is no such number, for an engine that has
  /// no device, and where either cannot be loaded.
  public func check(
    batches: Int, tolerance: Double = EngineAgreement.standardTolerance
  ) throws(EngineError) -> EngineAgreement {
    guard tolerance >= 0, tolerance < 1 else {
      throw EngineError(
        "\(tolerance) is out of range", at: "--tolerance", remedy: "give a number from 0 to less than 1, such as 1e-4")
    }
    guard let kind = DeviceEngineChoice.Kind(rawValue: engine.rawValue) else {
      throw EngineError(
        "the engine '\(engine.rawValue)' is what others are held against", at: "--check", remedy: "choose cuda or torch"
      )
    }
    let runtime = try openRuntime()
    var expected = try OnnxEngine(model: model, largestBatch: maxBatch, runtime: runtime)
    var found = try openDevice(kind, runtime)
    return try EngineAgreement(
      of: &found, with: &expected, model: model, runtime: runtime, batches: batches, tolerance: tolerance)
  }

  /// Real features of held-out images for block 1; for later blocks, whose rows are only moved, zeros.
  private func features(_ runtime: OnnxRuntime) throws(EngineError) -> [[FeatureBuffer]] {
    let heldOut = try HeldOutImages(model)
    var stem = try StemEngine(model: model, heldOut: heldOut, runtime: runtime)
    var features: [[FeatureBuffer]] = [[]]
    for sample in 0..<min(maxBatch, heldOut.count) { features[0].append(try stem.feature(of: sample, entering: 1)) }
    for block in model.blocks.dropFirst() {
      let bytes = block.inputValues * MemoryLayout<Float>.stride
      // A buffer for each row, as in a run, as far as that stays small.
      let count = max(1, min(maxBatch, (64 << 20) / bytes))
      features.append((0..<count).map { _ in FeatureBuffer(byteCount: bytes) })
    }
    return features
  }

  private static func engine(named name: String) throws(EngineError) -> Engine {
    if let engine = Engine(rawValue: name) { return engine }
    let known = Engine.allCases.map(\.rawValue).joined(separator: ", ")
    guard !["paced", "replay"].contains(name) else {
      throw EngineError("the engine '\(name)' goes by a table", at: "--engine", remedy: "profile one of \(known)")
    }
    throw EngineError("there is no engine '\(name)'", at: "--engine", remedy: "choose one of \(known)")
  }

  private static func place(_ text: String?, of engine: Engine) throws(EngineError) -> DevicePlace {
    guard let text else { return .gpu(0) }
    guard engine != .onnxRuntime else {
      throw EngineError(
        "the engine 'onnxruntime' has no device", at: "--device", remedy: "leave it out, or choose cuda or torch")
    }
    guard let place = DevicePlace(text: text) else {
      throw EngineError(
        "'\(text)' is no device", at: "--device",
        remedy: "give a GPU's number, 0 to \(DevicePlace.largestNumber), or cpu")
    }
    return place
  }

  private static func check(_ value: Int, _ flag: String, _ range: ClosedRange<Int>) throws(EngineError) {
    guard range.contains(value) else {
      throw EngineError(
        "\(value) is out of range", at: flag,
        remedy: "give a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
  }

  /// The batch's two buffers; more than the machine has would be a crash in place of a line.
  private static func checkMemory(_ model: ModelManifest, _ maxBatch: Int) throws(EngineError) {
    let widest = model.blocks.reduce(0) { max($0, $1.inputValues, $1.outputValues) }
    let needed = 2 * MemoryLayout<Float>.stride * maxBatch * widest
    let memory = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    guard memory <= 0 || needed <= memory / 2 else {
      throw EngineError(
        "batches of \(maxBatch) rows of \(widest) values take \(needed >> 20) MiB, half of this machine's "
          + "\(memory >> 20) MiB is too little", at: "--max-batch", remedy: "lower it")
    }
  }
}

/// Whom instances on other threads share their weights with.
private final class SharedEngine: Sendable {
  let engine: OnnxEngine
  init(_ engine: consuming OnnxEngine) { self.engine = engine }
}
