import EdgeModel
import Inference
import Testing

@Suite struct LoadedModelsTests {
  private final class Copy {
    let model: Int
    init(_ model: Int) { self.model = model }
  }
  private struct Refusal { var isRefused = false }

  /// Many uses of random models, of which some loads fail and some models turn out to be of no use. Beside it a plain
  /// account of what must be loaded, in the order of use.
  @Test(arguments: 0..<200 as Range<UInt64>) func accountsAreExact(seed: UInt64) throws {
    var random = RandomStream(seed: seed, device: 0, purpose: "loads")
    let bytes = (0..<Int.random(in: 1...6, using: &random)).map { _ in Int.random(in: 1...100, using: &random) }
    let largest = bytes.max() ?? 0
    let budget = Int.random(in: largest...max(largest, bytes.reduce(0, +)), using: &random)
    var models = LoadedModels<Copy>(bytes: bytes, budget: budget)
    var expected: [Int] = []
    /// What someone who reads the reports alone takes to be loaded.
    var told: Set<Int> = []
    for number in 0..<200 {
      let model = Int.random(in: bytes.indices, using: &random)
      let fails = Int.random(in: 0..<4, using: &random) == 0
      let wasLoaded = expected.contains(model)
      #expect(
        models.hasRoom(for: ModelID(model)) == (wasLoaded || models.bytes + bytes[model] <= budget))
      if wasLoaded {
        expected.removeAll { $0 == model }
      } else {
        while expected.reduce(0, { $0 + bytes[$1] }) + bytes[model] > budget { expected.removeFirst() }
      }
      var loads = 0
      do throws(EngineError) {
        let (copy, load) = try models.take(ModelID(model), batch: BatchID(number)) { (asked) throws(EngineError) in
          loads += 1
          #expect(asked == model)
          if fails { throw EngineError("no memory", remedy: "none") }
          return Copy(asked)
        }
        expected.append(model)
        #expect(copy.model == model && (load != nil) == !wasLoaded && loads == (wasLoaded ? 0 : 1))
        if let load {
          #expect(load.batch.number == number && load.model.number == model && load.bytes == bytes[model])
          #expect(load.took >= .zero && load.loadedBytes == models.bytes)
          #expect(told.isSuperset(of: load.unloaded.map(\.number)) && Set(load.unloaded).count == load.unloaded.count)
          told.subtract(load.unloaded.map(\.number))
          told.insert(model)
          #expect(told == Set(expected))
        }
      } catch {
        #expect(fails && !wasLoaded && loads == 1 && error.what == "no memory")
      }
      if Int.random(in: 0..<20, using: &random) == 0 {
        models.drop(ModelID(model))
        expected.removeAll { $0 == model }
      }
      #expect(models.bytes == expected.reduce(0) { $0 + bytes[$1] } && models.bytes <= budget)
    }
  }

  /// Who made room is really gone before the load begins, or both would need the memory at once.
  @Test func roomIsMadeBeforeTheLoad() throws {
    var models = LoadedModels<Copy>(bytes: [5, 5], budget: 9)
    weak var first: Copy?
    do { first = try models.take(0, batch: 0) { Copy($0) }.loaded }
    #expect(first != nil)
    _ = try models.take(1, batch: 1) {
      #expect(first == nil)
      return Copy($0)
    }
  }

  /// A failed load is as if it had not been asked for, but for those that made room.
  @Test func aFailedLoadIsTriedAgain() throws {
    var models = LoadedModels<Copy>(bytes: [5, 3, 4], budget: 9)
    _ = try models.take(0, batch: 0) { Copy($0) }
    _ = try models.take(1, batch: 1) { Copy($0) }
    #expect(throws: EngineError.self) {
      try models.take(2, batch: 2) { _ throws(EngineError) in throw EngineError("no memory", remedy: "none") }
    }
    #expect(models.bytes == 3, "the first made room, the third is not there")
    let (copy, load) = try models.take(2, batch: 3) { Copy($0) }
    #expect(copy.model == 2 && load?.unloaded == [0] && load?.loadedBytes == 7)
    #expect(try models.take(1, batch: 4) { Copy($0) }.load == nil, "it stayed throughout")
  }

  @Test func withoutABoundEverythingStays() throws {
    var models = LoadedModels<Copy>(bytes: [5, 6, 7], budget: nil)
    for model in [0, 1, 2] {
      #expect(models.hasRoom(for: ModelID(model)))
      #expect(try models.take(ModelID(model), batch: 0) { Copy($0) }.load?.unloaded == [])
    }
    for model in [2, 0, 1] { #expect(try models.take(ModelID(model), batch: 0) { Copy($0) }.load == nil) }
  }
}
