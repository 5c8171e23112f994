import EdgeModel
import Glibc
import Inference
import Synchronization
import Testing

/// What exists of each model at any time, whoever holds it.
private final class Ledger: Sendable {
  private struct State {
    var alive: [Int]
    var bytes = 0
    var most = 0
    var mostOfOne = 0
    var loads = 0
  }
  private let sizes: [Int]
  private let state: Mutex<State>
  init(_ sizes: [Int]) {
    self.sizes = sizes
    state = Mutex(State(alive: sizes.map { _ in 0 }))
  }
  /// Which load it is.
  func made(_ model: Int) -> Int {
    state.withLock {
      $0.alive[model] += 1
      $0.bytes += sizes[model]
      $0.most = max($0.most, $0.bytes)
      $0.mostOfOne = max($0.mostOfOne, $0.alive[model])
      $0.loads += 1
      return $0.loads
    }
  }
  func gone(_ model: Int) {
    state.withLock {
      $0.alive[model] -= 1
      $0.bytes -= sizes[model]
    }
  }
  var bytes: Int { state.withLock { $0.bytes } }
  var most: Int { state.withLock { $0.most } }
  var mostOfOne: Int { state.withLock { $0.mostOfOne } }
}

private final class Copy: Sendable {
  let model: Int
  let order: Int
  private let ledger: Ledger
  init(_ model: Int, _ ledger: Ledger) {
    self.model = model
    self.ledger = ledger
    order = ledger.made(model)
  }
  deinit { ledger.gone(model) }
}

@Suite struct SharedModelsTests {
  private struct Heard {
    var loads: [(order: Int, load: ModelLoad)] = []
    var (answered, failed, wrong, strange) = (0, 0, 0, 0)
  }

  /// Instances on threads of their own, each with one model after the other as a worker has them, some loads failing: what
  /// exists never passes the budget, no model exists twice (so none was taken away that an instance runs), and the loads
  /// account for all.
  @Test(arguments: 0..<60 as Range<UInt64>) func instancesShareABudget(seed: UInt64) throws {
    var random = RandomStream(seed: seed, device: 0, purpose: "shared loads")
    let sizes = (0..<Int.random(in: 2...6, using: &random)).map { _ in Int.random(in: 1...100, using: &random) }
    let instances = Int.random(in: 1...4, using: &random)
    let least = sizes.sorted(by: >).prefix(instances).reduce(0, +)
    let budget = Int.random(in: least...max(least, sizes.reduce(0, +) * 3 / 4), using: &random)
    try ModelMemory.check(budget, models: sizes, instances: instances, hasCopies: false, worker: "w0")
    let ledger = Ledger(sizes)
    let heard = Mutex(Heard())
    let failing = Atomic<Int>(0)
    let every = Int.random(in: 3...9, using: &random)
    do {
      let models = SharedModels<Copy>(bytes: sizes, budget: budget) { (model) throws(EngineError) in
        guard failing.add(1, ordering: .relaxed).newValue % every != 0 else {
          throw EngineError("no memory", remedy: "none")
        }
        return Copy(model, ledger)
      }
      runTogether(instances) { instance in
        var random = RandomStream(seed: seed, device: DeviceID(instance), purpose: "its batches")
        // Held until the next is taken, as an executor holds it.
        var copy: Copy?
        for number in 0..<60 {
          let model = Int.random(in: sizes.indices, using: &random)
          if copy?.model != model {
            copy = nil
            do throws(EngineError) {
              let (taken, load) = try models.take(ModelID(model), for: instance, batch: BatchID(number))
              copy = taken
              heard.withLock { if let load { $0.loads.append((taken.order, load)) } }
            } catch {
              heard.withLock { if error.what == "no memory" { $0.failed += 1 } else { $0.strange += 1 } }
            }
          }
          if number % 3 == 0 { usleep(20) }
          heard.withLock {
            if let copy { if copy.model == model { $0.answered += 1 } else { $0.wrong += 1 } }
          }
        }
      }
      let loads = heard.withLock { $0.loads }.sorted { $0.order < $1.order }
      #expect(loads.map(\.order) == Array(1...max(1, loads.count)), "each load is told once")
      var loaded: Set<Int> = []
      for (_, load) in loads {
        #expect(loaded.isSuperset(of: load.unloaded.map(\.number)))
        loaded.subtract(load.unloaded.map(\.number))
        #expect(loaded.insert(load.model.number).inserted)
        #expect(load.loadedBytes == loaded.reduce(0) { $0 + sizes[$1] } && load.loadedBytes <= budget)
        #expect(load.bytes == sizes[load.model.number])
      }
      #expect(ledger.bytes <= budget && ledger.most <= budget && ledger.mostOfOne == 1)
      let found = heard.withLock { $0 }
      #expect(found.wrong == 0 && found.strange == 0)
      #expect(found.failed == failing.load(ordering: .relaxed) / every)
      #expect(found.answered + found.failed == instances * 60, "each batch has an answer or a failed load")
    }
    #expect(ledger.bytes == 0, "all are let go with it")
  }

  /// How long ago a model was used counts from when its instance let go of it, not from when it took it.
  @Test func aModelIsInUseUntilItsInstanceTakesAnother() throws {
    let ledger = Ledger([1, 1, 1, 1])
    let models = SharedModels<Copy>(bytes: [1, 1, 1, 1], budget: 3) { (model) throws(EngineError) in
      Copy(model, ledger)
    }
    _ = try models.take(0, for: 0, batch: 0)
    _ = try models.take(1, for: 1, batch: 1)
    _ = try models.take(2, for: 1, batch: 2)
    // Instance 0 ran model 0 until now, and instance 1 ran model 1 before.
    #expect(try models.take(3, for: 0, batch: 3).load?.unloaded == [1])
  }

  /// An instance whose load failed holds nothing, so nothing is kept for it.
  @Test func whoseLoadFailedKeepsNobodyLoaded() throws {
    let ledger = Ledger([4, 4, 4])
    let fails = Atomic<Bool>(false)
    let models = SharedModels<Copy>(bytes: [4, 4, 4], budget: 8) { (model) throws(EngineError) in
      if fails.load(ordering: .relaxed) { throw EngineError("no memory", remedy: "none") }
      return Copy(model, ledger)
    }
    _ = try models.take(0, for: 0, batch: 0)
    _ = try models.take(1, for: 1, batch: 1)
    fails.store(true, ordering: .relaxed)
    #expect(throws: EngineError.self) { try models.take(2, for: 0, batch: 2) }
    #expect(ledger.bytes == 4, "model 0 made room, model 1 runs")
    fails.store(false, ordering: .relaxed)
    #expect(try models.take(1, for: 0, batch: 3).load == nil)
    let load = try #require(try models.take(2, for: 1, batch: 4).load)
    #expect(load.unloaded == [0] && load.loadedBytes == 8)
  }
}
