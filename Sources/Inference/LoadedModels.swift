public import EdgeModel

/// The models that are loaded, and what they are loaded as; they come and go within a budget (`ModelMemory`).
///
/// For one owner: an engine instance whose copies nobody shares. `SharedModels` is for several.
public struct LoadedModels<Loaded> {
  private var memory: ModelMemory
  private var held: [Loaded?]
  /// Unloaded for a load that failed, which no `ModelLoad` has told of yet.
  private var untold: [ModelID] = []

  /// - Parameters:
  ///   - bytes: of each model, in the order of their numbers.
  ///   - budget: what the loaded ones may take [byte]; nil: no bound.
  public init(bytes: [Int], budget: Int?) {
    memory = ModelMemory(bytes: bytes, budget: budget)
    held = bytes.map { _ in nil }
  }

  /// Of what is loaded.
  public var bytes: Int { memory.loadedBytes }
  /// Whether `model` is loaded, or can be without another's making room.
  public func hasRoom(for model: ModelID) -> Bool {
    guard let budget = memory.budget, held[model.number] == nil else { return true }
    return memory.loadedBytes + memory.bytes[model.number] <= budget
  }

  /// `model` for `batch`, as what it is loaded as. Where it was not, `load` is called now, after those that make room have
  /// been let go, and what that took is told. Those in `used` are not let go.
  ///
  /// Where `load` throws, the model is not loaded, and the next call loads it again; those that made room stay away, and
  /// the next load tells of them too.
  public mutating func take(
    _ model: ModelID, keeping used: Set<Int> = [], batch: BatchID, load: (Int) throws(EngineError) -> Loaded
  ) throws(EngineError) -> (loaded: Loaded, load: ModelLoad?) {
    let number = model.number
    if let loaded = held[number] {
      _ = memory.use(number, keeping: used)
      return (loaded, nil)
    }
    let watch = Stopwatch()
    for other in memory.use(number, keeping: used).unloads {
      held[other] = nil
      untold.append(ModelID(other))
    }
    let loaded: Loaded
    do {
      loaded = try load(number)
    } catch {
      memory.forget(number)
      throw error
    }
    held[number] = loaded
    defer { untold = [] }
    let report = ModelLoad(
      batch: batch, model: model, took: watch.elapsed, bytes: memory.bytes[number], loadedBytes: bytes, unloaded: untold
    )
    return (loaded, report)
  }

  /// Lets go of a model that turned out to be of no use; the next `take` loads it again, and its report tells of this.
  public mutating func drop(_ model: ModelID) {
    guard held[model.number] != nil else { return }
    held[model.number] = nil
    memory.forget(model.number)
    untold.append(model)
  }

  /// Makes a loaded model the one used last.
  mutating func touch(_ model: Int) {
    if held[model] != nil { _ = memory.use(model, keeping: []) }
  }
}
