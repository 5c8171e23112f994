/// Which of a worker's models are loaded: at most `budget` bytes of them, those used last.
///
/// A model that is asked for is loaded then, and those that nobody uses make room for it, the one used longest ago first.
/// Models are numbered from 0.
public struct ModelMemory: Hashable, Sendable {
  /// Of each model.
  public let bytes: [Int]
  /// nil: no bound.
  public let budget: Int?
  /// In the order of their last use.
  public private(set) var loaded: [Int] = []

  public init(bytes: [Int], budget: Int?) {
    self.bytes = bytes
    self.budget = budget
  }
  /// Bytes of what is loaded.
  public var loadedBytes: Int { loaded.reduce(0) { $0 + bytes[$1] } }

  /// Makes `model` the one used last; says whether it has to be loaded, and which are to be unloaded before, in that
  /// order. Those in `used` stay. Where they leave no room the bound is passed, which `check` rules out. O(models).
  public mutating func use(_ model: Int, keeping used: Set<Int>) -> (loads: Bool, unloads: [Int]) {
    if let place = loaded.firstIndex(of: model) {
      loaded.remove(at: place)
      loaded.append(model)
      return (false, [])
    }
    var unloads: [Int] = []
    if let budget {
      for candidate in loaded where loadedBytes - unloads.reduce(0, { $0 + bytes[$1] }) + bytes[model] > budget {
        if !used.contains(candidate) { unloads.append(candidate) }
      }
    }
    loaded.removeAll(where: unloads.contains)
    loaded.append(model)
    return (true, unloads)
  }

  /// Takes `model` out: it could not be loaded, or is gone.
  public mutating func forget(_ model: Int) { loaded.removeAll { $0 == model } }

  /// What each of `instances` that share nothing may take of `budget`.
  public static func share(of budget: Int?, instances: Int) -> Int? { budget.map { $0 / instances } }

  /// Throws where what `instances` may use at the same time does not fit into `budget`: the largest models together where
  /// they share what is loaded, else (`hasCopies`) in each one's equal share a copy of the largest.
  public static func check(
    _ budget: Int?, models: [Int], instances: Int, hasCopies: Bool, worker: String
  ) throws(EngineError) {
    guard let budget else { return }
    let sorted = models.sorted(by: >)
    let least = hasCopies ? (sorted.first ?? 0) * instances : sorted.prefix(instances).reduce(0, +)
    guard least > budget else { return }
    let users = "\(instances) instance\(instances == 1 ? "" : "s")"
    throw EngineError(
      "a memory of \(budget) bytes does not hold what \(users) may use at a time, \(least) bytes"
        + (hasCopies && instances > 1 ? ", each a copy of its own" : ""),
      at: "worker \(worker)", remedy: "give it at least \(least) B, or leave 'memory' out")
  }
}

extension ModelManifest {
  /// Bytes of the files that an engine loads: blocks and heads.
  public var engineBytes: Int {
    (blocks.map(\.file) + exits.map(\.file)).reduce(0) { $0 + $1.bytes }
  }
}
