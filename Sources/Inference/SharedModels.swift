public import EdgeModel
import Synchronization

/// The loaded models of several engine instances that share them: one that an instance runs stays.
public final class SharedModels<Loaded: Sendable>: Sendable {
  private struct State {
    var models: LoadedModels<Loaded>
    /// What each instance runs, and must not be taken away.
    var current: [Int: Int] = [:]
  }
  private let state: Mutex<State>
  private let load: @Sendable (Int) throws(EngineError) -> Loaded

  /// `load` makes what a model is loaded as; `bytes` and `budget` are as for `LoadedModels`.
  public init(bytes: [Int], budget: Int?, load: @escaping @Sendable (Int) throws(EngineError) -> Loaded) {
    state = Mutex(State(models: LoadedModels(bytes: bytes, budget: budget)))
    self.load = load
  }

  /// `model` for a batch on `instance`, which holds no other; loaded now where it was not, which keeps other instances
  /// that change their model waiting. `instance` may hold it until it takes the next; where this throws it holds none.
  public func take(
    _ model: ModelID, for instance: Int, batch: BatchID
  ) throws(EngineError) -> (loaded: Loaded, load: ModelLoad?) {
    try state.withLock { (state) throws(EngineError) in
      // It was in use until now, however long ago it was taken.
      if let before = state.current.removeValue(forKey: instance) { state.models.touch(before) }
      let taken = try state.models.take(model, keeping: Set(state.current.values), batch: batch, load: load)
      state.current[instance] = model.number
      return taken
    }
  }
}
