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

  /// `small` with a dispersion in both blocks: of body and head, with medians of its own; and of a body alone.
  private var scattered: JSON {
    small
      .replacing(
        ["blocks", "0", "dispersion"],
        by: [
          "probability": [0, 0.5, 1], "ratio_to_median": [[0.5, 1, 3], [0.9, 1, 1.1]],
          "median_s": [0.001, 0.0005, 0.003],
          "head_ratio_to_median": [[1, 1, 2]],
        ]
      )
      .replacing(["blocks", "1", "dispersion"], by: ["probability": [0, 1], "ratio_to_median": [[0.8, 1.2]]])
  }

  @Test func aDispersionIsReadAndItsQuantilesAreJoinedByLines() throws {
    let dispersion = try #require(try table(scattered).dispersion)
    let (first, second) = (dispersion.blocks[0], dispersion.blocks[1])
    #expect(first.body.median == [0.001, 0.001, 0.003])
    for (size, probability, seconds) in [
      (1, 0.0, 0.0005), (1, 0.25, 0.00075), (1, 0.5, 0.001), (1, 0.75, 0.002), (1, 1, 0.003), (2, 1, 0.0011),
      // The last row holds for all larger sizes.
      (3, 1, 0.0033), (3, 0.5, 0.003), (0, 0.5, 0),
    ] {
      #expect(abs(first.seconds(first.body, size: size, at: probability) - seconds) < 1e-12)
    }
    // Medians that are not given are the table's own times.
    let head = try #require(first.head)
    #expect(head.median == [0.001, 0.001, 0.001] && abs(first.seconds(head, size: 2, at: 0.75) - 0.0015) < 1e-12)
    #expect(second.head == nil && abs(second.seconds(second.body, size: 3, at: 1) - 0.0132) < 1e-12)
    #expect(try table(small).dispersion == nil)
  }

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
    for original in [
      try table(small), try table(scattered), try LatencyTable(file: "\(Digits.directory)/edge-gpu.json"),
    ] {
      try original.write(to: "\(scratch.path)/copy.json")
      #expect(try LatencyTable(file: "\(scratch.path)/copy.json") == original)
    }
  }

  /// `small` with two instances at work, measured, and five, all blocks alike slower.
  private var crowded: JSON {
    small.replacing(
      ["concurrency"],
      by: [
        [
          "instances": 2,
          "blocks": [["latency_s": [0.003, 0.003, 0.003]], ["alpha_s": 0.002, "beta_s": 0.001]],
        ], ["instances": 5, "slowdown": 2.0],
      ])
  }
  @Test func severalInstancesTakeNoLessThanOne() throws {
    let table = try table(crowded)
    #expect(table.largestConcurrency == 5)
    let profiles = table.profiles(upTo: 5)
    // 1, then 2, then of 3 and 4 what 5 take.
    #expect(profiles.count == 5 && profiles[2] == profiles[4] && profiles[3] == profiles[4])
    #expect(profiles[0] == table.profile)
    // A number below that of fewer instances is theirs; heads that are not given are those of one alone.
    #expect(profiles[1].blocks[0].latency == .table([0.003, 0.003, 0.004]))
    #expect(profiles[1].blocks[1].latency == table.profile.blocks[1].latency)
    #expect(profiles[1].blocks[0].head == table.profile.blocks[0].head)
    #expect(profiles[4].blocks[1].latency.seconds(3) == 2 * table.profile.blocks[1].latency.seconds(3))
    let scratch = ScratchDirectory()
    try table.write(to: "\(scratch.path)/t.json")
    #expect(try LatencyTable(file: "\(scratch.path)/t.json") == table)
  }
  @Test func aWorkerOfMoreInstancesIsRefused() throws {
    let model = try Digits.model()
    let shipped = try LatencyTable(file: "\(model.directory)/edge-gpu.json")
    #expect(throws: Never.self) { try shipped.check(for: model, maxBatch: 4, file: "t") }
    do {
      try shipped.check(for: model, maxBatch: 4, instances: 2, file: "t")
      Issue.record("the table knows of one instance")
    } catch { #expect(error.description.contains("1 instance at work, the worker has 2")) }
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
    (["blocks", "0", "dispersion"], nil, "1 of 2 blocks have a \"dispersion\""),
    (["blocks", "0", "dispersion"], 3, "\"probability\" is missing"),
    (["blocks", "0", "dispersion", "probability"], [0, 0.5], "rise from 0 to 1"),
    (["blocks", "0", "dispersion", "probability"], [0, 0.5, 0.5, 1], "rise from 0 to 1"),
    (["blocks", "0", "dispersion", "probability", "1"], 2, "dispersion.probability[1]"),
    (["blocks", "0", "dispersion", "ratio_to_median"], nil, "\"ratio_to_median\" is missing"),
    (["blocks", "0", "dispersion", "ratio_to_median"], [], "there is no row"),
    (["blocks", "0", "dispersion", "ratio_to_median", "1"], [1, 2], "2 quantiles for 3 probabilities"),
    (["blocks", "0", "dispersion", "ratio_to_median", "1"], [1, 2, 1.5], "quantiles fall"),
    (["blocks", "0", "dispersion", "ratio_to_median", "1", "0"], -1, "ratio_to_median[1][0]"),
    (["blocks", "0", "dispersion", "median_s"], [0.001], "do not cover max_batch"),
    (["blocks", "0", "dispersion", "head_ratio_to_median", "0"], "x", "head_ratio_to_median[0]"),
    (["concurrency"], [["instances": 1, "slowdown": 2]], "concurrency[0].instances"),
    (["concurrency"], [["instances": 2]], "\"blocks\" is missing"),
    (["concurrency"], [["instances": 2, "slowdown": 0.5]], "concurrency[0].slowdown"),
    (
      ["concurrency"], [["instances": 3, "slowdown": 2], ["instances": 2, "slowdown": 2]], "write the numbers in order"
    ),
    (["concurrency"], [["instances": 2, "blocks": [["alpha_s": 1, "beta_s": 1]]]], "1 blocks, the table has 2"),
  ]

  @Test(arguments: mistakes.indices) func eachMistakeIsOneLineThatNamesIt(_ index: Int) throws {
    let (path, value, word) = Self.mistakes[index]
    let error = try #require(throws: EngineError.self) { try table(scattered.replacing(path, by: value)) }
    #expect(error.description.contains(word) && error.description.contains("table.json"), "\(error)")
  }

  @Test func mutatedTablesNeverCrash() throws {
    let originals = [try Digits.text("edge-gpu.json"), Array(scattered.pretty.utf8)]
    let scratch = ScratchDirectory()
    for seed in 0..<2000 {
      var random = RandomStream(seed: UInt64(seed), device: 0, purpose: "table")
      try scratch.write(originals[seed % 2].mutated(&random), as: "table.json")
      guard let table = try? LatencyTable(file: "\(scratch.path)/table.json") else { continue }
      for block in table.profile.blocks {
        let latencies = (1...table.largestBatch).map { block.latency.seconds($0) }
        #expect(latencies == latencies.sorted() && latencies.allSatisfy { $0.isFinite && $0 >= 0 })
      }
      for block in table.dispersion?.blocks ?? [] {
        for part in [block.body, block.head].compactMap({ $0 }) {
          let times = [0, 0.3, 0.7, 1].map { block.seconds(part, size: table.largestBatch, at: $0) }
          #expect(times == times.sorted() && times.allSatisfy { $0.isFinite && $0 >= 0 })
        }
      }
    }
  }
}
