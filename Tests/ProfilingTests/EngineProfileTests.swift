import EdgeModel
import Inference
import PlainJSON
import Profiling
import Testing
import Units

@Suite struct EngineProfileTests {
  /// The shipped model cut to as many blocks as the known engine has.
  private func model() throws -> ModelManifest {
    var model = try ModelManifest(directory: Checkout.digits)
    model.blocks.removeLast(model.blocks.count - 3)
    model.exits.removeLast(model.exits.count - 3)
    return model
  }
  private let origin = ProfileOrigin(
    processor: "a \"processor\"", cores: 2, kernel: "Linux 6", engine: "known", engineVersion: "1.2", threads: 1,
    date: "2026-11-21T08:00:00Z", version: "0.1.0")

  private func profile(seed: UInt64) throws -> EngineProfile {
    var random = RandomStream(seed: seed, device: 0, purpose: "profile")
    let largest = Int.random(in: 1...24, using: &random)
    var timing = KnownEngine.Timing()
    timing.scatter = Double.random(in: 1...20, using: &random)
    timing.alpha = (0..<3).map { _ in Int.random(in: 0...50_000, using: &random) }
    timing.beta = (0..<3).map { _ in Int.random(in: 0...500_000, using: &random) }
    var engine = KnownEngine(largestBatch: largest, timing: timing, seed: seed)
    let repeats = Int.random(in: 3...12, using: &random)
    let measured = try EngineProfiler(repeats: repeats, budget: .seconds(600))
      .run(&engine, largestBatch: largest, features: engine.features)
    return EngineProfile(measured, of: try model(), origin)
  }

  @Test func whatIsWrittenReadsBackTheSameAndAsALatencyTable() throws {
    let checkout = try Checkout()
    for seed in 0..<40 as Range<UInt64> {
      let original = try profile(seed: seed)
      try original.write(to: checkout.path("p.json"))
      #expect(try EngineProfile(file: checkout.path("p.json")) == original, "seed \(seed)")
      #expect(try LatencyTable(file: checkout.path("p.json")) == original.table, "seed \(seed)")
    }
  }

  @Test func theTableIsTheEnvelopeOfTheNinetyNinth() throws {
    for seed in 0..<40 as Range<UInt64> {
      let profile = try profile(seed: seed)
      for (index, block) in profile.table.profile.blocks.enumerated() {
        for (curve, series) in [(block.latency, profile.bodies[index]), (block.head, profile.heads[index])] {
          var highest = 0.0
          for size in 1...profile.largestBatch {
            highest = max(highest, series.p99[size - 1])
            #expect(curve.seconds(size) == highest)
            #expect(series.median[size - 1] <= series.p95[size - 1] && series.p95[size - 1] <= series.p99[size - 1])
          }
        }
        // Simulated engines draw around the same medians.
        let drawn = try #require(profile.table.dispersion?.blocks[index].body.median)
        for size in 1...profile.largestBatch {
          #expect(drawn[size - 1] >= profile.bodies[index].median[size - 1] - 1e-10)
        }
      }
      #expect(profile.table.modelSHA256 == (try model()).fingerprint && profile.files.count == 6)
      #expect(profile.table.profile.blocks.map(\.accuracy) == (try model()).exits.map(\.accuracy))
    }
  }

  @Test func withoutScatterTheFitIsTheEnginesLine() throws {
    var engine = KnownEngine(largestBatch: 16)
    let measured = try EngineProfiler(repeats: 3, budget: .zero)
      .run(&engine, largestBatch: 16, features: engine.features)
    let profile = EngineProfile(measured, of: try model(), origin)
    let fits = try profile.bodies.map { try #require($0.fit) }
    for block in 0..<3 {
      let loading = block == 0 ? Double(engine.timing.loading) : 0
      #expect((fits[block].alpha * 1e9 - Double(engine.timing.alpha[block]) - loading).magnitude < 1e-3)
      #expect((fits[block].beta * 1e9 - Double(engine.timing.beta[block])).magnitude < 1e-3)
      #expect(fits[block].residual < 1e-12)
    }
    let whole = try #require(profile.whole.fit)
    #expect((whole.alpha * 1e9 - 36_600).magnitude < 1e-3 && (whole.beta * 1e9 - 213_000).magnitude < 1e-3)
    #expect(profile.json["whole"]?["fit"]?["beta_over_alpha"]?.double == whole.ratio)
  }

  @Test func theReportNamesEveryPart() throws {
    for seed in 0..<20 as Range<UInt64> {
      let profile = try profile(seed: seed)
      let lines = ProfileReport(profile).description.split(separator: "\n", omittingEmptySubsequences: false)
      for part in ["block 1", "exit 3", "whole"] { #expect(lines.count { $0.hasPrefix(part) } == 2) }
      #expect(lines.count { $0.hasPrefix("features in") } == 3 && lines.count { $0.hasPrefix("answers out") } == 3)
      #expect(lines.count { $0.hasPrefix("go on after") } == 4 && lines[0].contains("a \"processor\""))
    }
  }

  @Test func eachMistakeInAFileIsOneLineThatNamesIt() throws {
    let checkout = try Checkout()
    let sound = try profile(seed: 3).json
    let blocks = try #require(sound["blocks"]?.array)
    let short: JSON = ["median_s": [1], "p95_s": [1], "p99_s": [1, 2, 3]]
    let cases: [(JSON, String)] = [
      (sound.with("format", 2), "format 2"), (sound.with("machine", .null), "\"machine\" is missing"),
      (sound.with("repeats", 0), "repeats"), (sound.with("timer_s", -1), "timer_s"),
      (sound.with("whole", short), "whole.median_s"), (sound.with("model_sha256", "xyz"), "model_sha256"),
      (sound.with("transfers", ["to_device": [], "from_device": []]), "transfers.to_device"),
      (
        sound.with("blocks", .array([blocks[0].with("measured", .null)] + blocks.dropFirst())),
        "blocks[0]"
      ),
    ]
    for (json, words) in cases {
      let file = try checkout.write(json, as: "p.json")
      let error = try #require(throws: EngineError.self) { try EngineProfile(file: file) }
      #expect(error.description.contains(words) && error.description.contains("p.json"), "\(error)")
    }
  }

  @Test func mutatedProfilesNeverCrash() throws {
    let checkout = try Checkout()
    let original = Array(try profile(seed: 8).json.pretty.utf8)
    for seed in 0..<500 as Range<UInt64> {
      var random = RandomStream(seed: seed, device: 0, purpose: "mutation")
      var bytes = original
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let place = Int.random(in: bytes.indices, using: &random)
        if Bool.random(using: &random) {
          bytes[place] = UInt8.random(in: 0x20...0x7E, using: &random)
        } else {
          bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...200, using: &random)))
        }
      }
      let file = try checkout.write(bytes, as: "p.json")
      guard let profile = try? EngineProfile(file: file) else { continue }
      #expect(!ProfileReport(profile).description.isEmpty)
    }
  }
}
