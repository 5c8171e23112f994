import EdgeModel
import Inference
import Testing

@Suite struct ModelMemoryTests {
  /// Many uses of random models by random instances: what is loaded fits, what is in use stays, who was used longest ago
  /// goes first, and nobody goes without need.
  @Test(arguments: 0..<200 as Range<UInt64>) func whatIsLoadedFits(seed: UInt64) throws {
    var random = RandomStream(seed: seed, device: 0, purpose: "memory")
    let bytes = (0..<Int.random(in: 1...6, using: &random)).map { _ in Int.random(in: 1...100, using: &random) }
    let instances = Int.random(in: 1...3, using: &random)
    let least = bytes.sorted(by: >).prefix(instances).reduce(0, +)
    let budget = Int.random(in: least...max(least, bytes.reduce(0, +)), using: &random)
    try ModelMemory.check(budget, models: bytes, instances: instances, hasCopies: false, worker: "w0")
    var memory = ModelMemory(bytes: bytes, budget: budget)
    var current: [Int: Int] = [:]
    var used: [Int] = []
    for _ in 0..<200 {
      let instance = Int.random(in: 0..<instances, using: &random)
      let model = Int.random(in: bytes.indices, using: &random)
      current[instance] = model
      let others = Set(current.filter { $0.key != instance }.values)
      let before = memory.loaded
      let (loads, unloads) = memory.use(model, keeping: others)
      #expect(loads == !before.contains(model))
      #expect(memory.loadedBytes <= budget && memory.loaded.contains(model))
      #expect(others.isDisjoint(with: unloads) && Set(memory.loaded) == Set(before).subtracting(unloads).union([model]))
      // The last that had to go would not have fitted.
      if let last = unloads.last { #expect(memory.loadedBytes + bytes[last] > budget) }
      #expect(unloads == used.filter(unloads.contains), "the one used longest ago goes first")
      used.removeAll { $0 == model }
      used.append(model)
    }
  }

  @Test func withoutABoundEverythingStays() {
    var memory = ModelMemory(bytes: [5, 6, 7], budget: nil)
    for model in [0, 1, 2, 0, 2, 1] { #expect(memory.use(model, keeping: []).unloads.isEmpty) }
    #expect(memory.loadedBytes == 18)
  }

  @Test func aMemoryThatHoldsTooLittleIsOneLine() {
    #expect(throws: Never.self) {
      try ModelMemory.check(13, models: [5, 6, 7], instances: 2, hasCopies: false, worker: "w0")
    }
    do {
      try ModelMemory.check(12, models: [5, 6, 7], instances: 2, hasCopies: false, worker: "w0")
      Issue.record("12 bytes do not hold 13")
    } catch {
      #expect(error.description.contains("12 bytes") && error.description.contains("at least 13 B"))
    }
  }

  /// Instances that share nothing: each one's share must hold the largest model, and one byte less is refused.
  @Test(arguments: 1...5) func copiesNeedASharePerInstance(instances: Int) throws {
    let (models, least) = ([5, 7, 6], 7 * instances)
    try ModelMemory.check(least, models: models, instances: instances, hasCopies: true, worker: "w0")
    #expect(ModelMemory.share(of: least, instances: instances) == 7)
    do {
      try ModelMemory.check(least - 1, models: models, instances: instances, hasCopies: true, worker: "w0")
      Issue.record("\(least - 1) bytes do not hold \(least)")
    } catch {
      #expect(error.description.contains("at least \(least) B"))
      #expect(error.description.contains("a copy of its own") == (instances > 1))
    }
  }
}
