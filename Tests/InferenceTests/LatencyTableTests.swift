import EdgeModel
import Inference
import PlainJSON
import Testing

@Suite struct LatencyTableTests {
  private func table(_ json: JSON) throws -> LatencyTable {
    let scratch = ScratchDirectory()
    try scratch.write(Array(json.pretty.utf8), as: "table.json")
    return try LatencyTable(file: "\(scratch.path)/table.json")
  }
  private let small: JSON = [
    "format": 1, "name": "t", "model": "m", "max_batch": 3,
    "blocks": [
      ["latency_s": [0.002, 0.001, 0.004, 9], "head_latency_s": [0.001, 0.001, 0.0005], "accuracy": 0.5],
      ["alpha_s": 0.001, "beta_s": 0.008],
    ],
  ]

  @Test func aTableIsCutToMaxBatchAndMadeMonotone() throws {
    let table = try table(small)
    #expect(table.largestBatch == 3 && table.name == "t" && table.model == "m")
    let (first, second) = (table.profile.blocks[0], table.profile.blocks[1])
    #expect(first.latency == .table([0.002, 0.002, 0.004]) && first.head == .table([0.001, 0.001, 0.001]))
    #expect(first.accuracy == 0.5 && second.accuracy == nil && second.head.seconds(3) == 0)
    #expect(abs(second.latency.seconds(3) - 0.011) < 1e-15 && second.latency.seconds(4) == .infinity)
    #expect(table.profile.largestBatch == 3)
  }

  @Test func whatIsWrittenReadsBackTheSame() throws {
    let scratch = ScratchDirectory()
    for original in [try table(small), try LatencyTable(file: "\(Digits.directory)/edge-gpu.json")] {
      try original.write(to: "\(scratch.path)/copy.json")
      #expect(try LatencyTable(file: "\(scratch.path)/copy.json") == original)
    }
  }

  @Test func theShippedTableFitsTheShippedModel() throws {
    let table = try LatencyTable(file: "\(Digits.directory)/edge-gpu.json")
    let model = try Digits.model()
    #expect(table.model == model.name && table.profile.blocks.count == model.blocks.count && table.largestBatch == 64)
    let full = table.profile.blocks.reduce(0) { $0 + $1.seconds(16) }
    #expect((0.025...0.035).contains(full))
  }

  static let mistakes: [(path: [String], value: JSON?, word: String)] = [
    (["format"], 7, "format 7"),
    (["name"], nil, "\"name\" is missing"),
    (["model"], false, "model"),
    (["max_batch"], 0, "max_batch"),
    (["max_batch"], 5, "do not cover max_batch"),
    (["max_batch"], 1e9, "max_batch"),
    (["blocks"], [], "blocks"),
    (["blocks", "0", "latency_s"], nil, "\"latency_s\" is missing"),
    (["blocks", "0", "latency_s", "1"], -0.001, "blocks[0].latency_s[1]"),
    (["blocks", "0", "latency_s", "1"], "fast", "blocks[0].latency_s[1]"),
    (["blocks", "0", "latency_s", "1"], 4000, "blocks[0].latency_s[1]"),
    (["blocks", "0", "head_latency_s"], [0.1], "blocks[0].head_latency_s"),
    (["blocks", "0", "accuracy"], 80, "blocks[0].accuracy"),
    (["blocks", "1", "alpha_s"], nil, "\"alpha_s\" is missing"),
    (["blocks", "1", "beta_s"], -1, "blocks[1].beta_s"),
  ]

  @Test(arguments: mistakes.indices) func eachMistakeIsOneLineThatNamesIt(_ index: Int) throws {
    let (path, value, word) = Self.mistakes[index]
    let error = try #require(throws: EngineError.self) { try table(small.replacing(path, by: value)) }
    #expect(error.description.contains(word) && error.description.contains("table.json"), "\(error)")
  }

  @Test func mutatedTablesNeverCrash() throws {
    let original = try Digits.text("edge-gpu.json")
    let scratch = ScratchDirectory()
    for seed in 0..<2000 {
      var random = RandomStream(seed: UInt64(seed), device: 0, purpose: "table")
      try scratch.write(original.mutated(&random), as: "table.json")
      guard let table = try? LatencyTable(file: "\(scratch.path)/table.json") else { continue }
      for block in table.profile.blocks {
        let latencies = (1...table.largestBatch).map { block.latency.seconds($0) }
        #expect(latencies == latencies.sorted() && latencies.allSatisfy { $0.isFinite && $0 >= 0 })
      }
    }
  }
}
