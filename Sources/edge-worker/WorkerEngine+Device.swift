import DeviceEngines
import EdgeModel
import Inference
import OnnxRuntime
import ZeroMQTransport

/// On a device each instance has engines of its own, which it loads itself. Without a bound on memory all models are open
/// before the worker is ready, and stay. With one, each instance has an equal share of it, within which its own models come
/// and go, whatever the other instances run.
extension WorkerEngine {
  func serve(
    _ instance: Int, _ onDevice: DeviceEngineChoice.Kind, _ bench: WorkBench<BatchJob, EngineReply>,
    _ clock: SharedClock
  ) throws(EngineError) {
    let needsCUDA = onDevice == .cuda && place != .processor
    let library = needsCUDA ? try OnnxLibrary.locate(library, prefersCUDA: true) : library
    let runtime = try OnnxRuntime.open(OnnxRuntime.Settings(library: library, threads: threads))
    let opener = DeviceOpener(
      choice: DeviceEngineChoice(onDevice, on: place, threads: threads, plugin: plugin),
      models: models.map(\.manifest), largestBatch: maxBatch, runtime: runtime)
    var held = LoadedModels<DeviceModel>(
      bytes: models.map(\.manifest.engineBytes), budget: ModelMemory.share(of: memory, instances: instances))

    var first: BatchJob?
    let profiles: [[LatencyProfile]]
    if instance == 0 {
      let engine = memory == nil ? try openAll(opener, into: &held) : try measureApart(opener)
      profiles = engine.profiles
      ready.put(engine)
      if memory != nil { try load(whatFitsInto: &held, opener, profiles, clock) }
      ready.awaitOthers(instances - 1)
      bench.post(.ready(readiness(engine), engine: engine.name, isPaced: false))
    } else if memory == nil {
      try openAndWarm(opener, into: &held)
      ready.countOne()
      guard let job = bench.next(), let engine = ready.content else { return }
      (first, profiles) = (job, engine.profiles)
    } else {
      // While instance 0 measures all instances together, their copies take what the budget has.
      profiles = ready.await().profiles
      try load(whatFitsInto: &held, opener, profiles, clock)
      ready.countOne()
    }

    try run(first, bench) { (job) throws(EngineError) in
      let number = job.plan.model
      let (model, load) = try held.take(number, batch: job.plan.id) { (number) throws(EngineError) in
        try self.load(number, opener, profiles, clock)
      }
      if let load { bench.post(.event(.modelLoaded(load, instance: instance))) }
      do throws(EngineError) {
        return try runner(of: number.number, model, profiles, clock)
      } catch {
        held.drop(number)
        throw error
      }
    }
  }

  /// Of loads before the run.
  private static var noBatch: BatchID { BatchID(-1) }

  private func runner(
    of number: Int, _ model: DeviceModel, _ profiles: [[LatencyProfile]], _ clock: SharedClock
  ) throws(EngineError) -> Runner<DeviceEngine> {
    try model.runner { (engine) throws(EngineError) in try runner(of: number, engine, profiles, clock) }
  }

  // MARK: Within a budget

  /// All that a batch would else meet at first belongs to the load: the batch's memory, and what an engine plans or tries
  /// at each new batch size, as cuDNN does.
  private func load(
    _ number: Int, _ opener: DeviceOpener, _ profiles: [[LatencyProfile]], _ clock: SharedClock
  ) throws(EngineError) -> DeviceModel {
    var engine = try opener.open(number)
    try models[number].warmUp(&engine)
    let model = DeviceModel(engine)
    _ = try runner(of: number, model, profiles, clock)
    return model
  }

  /// The first ones that fit, so that where all do no batch waits.
  private func load(
    whatFitsInto held: inout LoadedModels<DeviceModel>, _ opener: DeviceOpener, _ profiles: [[LatencyProfile]],
    _ clock: SharedClock
  ) throws(EngineError) {
    for number in models.indices where held.hasRoom(for: ModelID(number)) {
      _ = try held.take(ModelID(number), batch: Self.noBatch) { (number) throws(EngineError) in
        try load(number, opener, profiles, clock)
      }
    }
  }

  /// Measures one model after the other, and leaves none open: at any time as many copies as there are instances.
  private func measureApart(_ opener: DeviceOpener) throws(EngineError) -> ReadyEngine {
    var ready = ReadyEngine(loaded: nil, profiles: [], name: "")
    for number in models.indices {
      let timing = try timeAndClose(number, opener, &ready.name)
      ready.profiles.append(try profiles(of: number, timing, opener))
    }
    return ready
  }
  private func timeAndClose(
    _ number: Int, _ opener: DeviceOpener, _ name: inout String
  ) throws(EngineError) -> HostedModel.Timing {
    var engine = try opener.open(number)
    name = self.name(engine)
    return try models[number].time(&engine, name, instances: instances, runtime: opener.runtime, cache: cache)
  }

  // MARK: Without one

  /// Opens and measures one model after the other, on instance 0.
  private func openAll(
    _ opener: DeviceOpener, into held: inout LoadedModels<DeviceModel>
  ) throws(EngineError) -> ReadyEngine {
    var ready = ReadyEngine(loaded: nil, profiles: [], name: "")
    for (number, model) in models.enumerated() {
      var engine = try opener.open(number)
      ready.name = name(engine)
      let timing = try model.time(&engine, ready.name, instances: instances, runtime: opener.runtime, cache: cache)
      ready.profiles.append(try profiles(of: number, timing, opener))
      let opened = DeviceModel(engine)
      _ = try held.take(ModelID(number), batch: Self.noBatch) { _ in opened }
    }
    return ready
  }

  /// On the others, while instance 0 measures.
  private func openAndWarm(
    _ opener: DeviceOpener, into held: inout LoadedModels<DeviceModel>
  ) throws(EngineError) {
    for (number, model) in models.enumerated() {
      var engine = try opener.open(number)
      try model.warmUp(&engine, try model.features(maxBatch, opener.runtime))
      let opened = DeviceModel(engine)
      _ = try held.take(ModelID(number), batch: Self.noBatch) { _ in opened }
    }
  }

  private func profiles(
    of number: Int, _ timing: HostedModel.Timing, _ opener: DeviceOpener
  ) throws(EngineError) -> [LatencyProfile] {
    try models[number].profiles(timing, instances: instances) { _ throws(EngineError) in try opener.open(number) }
  }

  private func name(_ engine: borrowing DeviceEngine) -> String {
    "\(engine.name), \(threads) thread\(threads == 1 ? "" : "s")"
  }
}

/// Opens a model's engine on the worker's device, as often as there are instances.
private struct DeviceOpener: Sendable {
  let choice: DeviceEngineChoice
  let models: [ModelManifest]
  let largestBatch: Int
  let runtime: OnnxRuntime
  func open(_ model: Int) throws(EngineError) -> DeviceEngine {
    try choice.open(model: models[model], largestBatch: largestBatch, runtime: runtime)
  }
}

/// A model that one instance has on its device: open, and with an executor once there is one to make.
private final class DeviceModel {
  private var engine: DeviceEngine?
  private var runner: Runner<DeviceEngine>?
  init(_ engine: consuming DeviceEngine) { self.engine = consume engine }

  /// Where `make` throws the engine is gone, and the model to be dropped.
  func runner(
    _ make: (consuming DeviceEngine) throws(EngineError) -> Runner<DeviceEngine>
  ) throws(EngineError) -> Runner<DeviceEngine> {
    if let runner { return runner }
    guard let engine = engine.take() else { preconditionFailure("used after its executor could not be made") }
    let made = try make(engine)
    runner = made
    return made
  }
}
