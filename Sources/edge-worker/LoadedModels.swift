import EdgeModel
import Inference
import OnnxRuntime
import Synchronization

/// The models of a worker that are loaded, for all its instances; they come and go within a budget (`ModelMemory`).
final class LoadedModels: Sendable {
  private struct State {
    var memory: ModelMemory
    var engines: [SharedEngine?]
    /// What each instance runs, and must not be taken away.
    var current: [Int: Int] = [:]
  }
  private let state: Mutex<State>
  private let load: @Sendable (Int) throws(EngineError) -> SharedEngine

  /// `load` makes a model's engine.
  init(bytes: [Int], budget: Int?, load: @escaping @Sendable (Int) throws(EngineError) -> SharedEngine) {
    state = Mutex(State(memory: ModelMemory(bytes: bytes, budget: budget), engines: bytes.map { _ in nil }))
    self.load = load
  }

  /// The engine of `model` for a batch on `instance`, which holds no other; loaded now where it was not, which keeps other
  /// instances that change their model waiting.
  func take(
    _ model: ModelID, for instance: Int, batch: BatchID
  ) throws(EngineError) -> (engine: SharedEngine, load: ModelLoad?) {
    try state.withLock { (state) throws(EngineError) in
      state.current[instance] = model.number
      let used = Set(state.current.filter { $0.key != instance }.values)
      let watch = Stopwatch()
      let (loads, unloads) = state.memory.use(model.number, keeping: used)
      for other in unloads { state.engines[other] = nil }
      if let engine = state.engines[model.number], !loads { return (engine, nil) }
      let engine = try load(model.number)
      state.engines[model.number] = engine
      let report = ModelLoad(
        batch: batch, model: model, took: watch.elapsed, bytes: state.memory.bytes[model.number],
        loadedBytes: state.memory.loadedBytes, unloaded: unloads.map { ModelID($0) })
      return (engine, report)
    }
  }
}
