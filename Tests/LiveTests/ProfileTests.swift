import Foundation
import PlainJSON
import Testing

extension Live {
  /// A model is measured, and its profile is used wherever one may be: by a worker, in simulation, in a comparison.
  @Suite struct ProfileTests {
    private let digits = Workplace.checkout.path + "/Topologies/Models/digits"

    private func run(
      _ arguments: [String], of program: String = "offramp", in place: Workplace
    ) async throws -> (status: Int32, output: String, errors: [Substring]) {
      let program = try RunningProgram(program, arguments, in: place)
      let status = try #require(try await program.end(within: 120), "\(program.standardError)")
      return (status, program.standardOutput, program.standardError.split(separator: "\n"))
    }
    private func profile(in place: Workplace, maxBatch: Int) async throws -> String {
      let file = place.path("profile.json")
      let arguments = ["profile", digits, "--max-batch", "\(maxBatch)", "--repeats", "3", "--budget", "0s"]
      let made = try await run(arguments + ["--output", file], in: place)
      #expect(made.status == 0 && made.errors.isEmpty, "\(made.errors)")
      for word in ["block 4", "β/α", "features in", "answers out", "gathered"] { #expect(made.output.contains(word)) }
      return file
    }
    private func topology(_ worker: String, in place: Workplace) throws -> String {
      try place.topology {
        $0.replacingOccurrences(of: "engine: paced, latency_table: edge-gpu", with: worker)
      }
    }

    @Test func aProfileStandsWhereverOneMay() async throws {
      let place = try Workplace()
      let file = try await profile(in: place, maxBatch: 16)
      for engine in ["engine: onnxruntime, profile: \(file)", "engine: replay, latency_table: \(file)"] {
        let topology = try topology(engine, in: place)
        #expect(try await run(["validate", topology], in: place).status == 0)
        let simulated = try await run(
          ["simulate", topology, "--no-traces", "--output", place.path("run-\(UUID())")], in: place)
        // Whether it is in time depends on the machine that was measured; that it runs does not.
        #expect([0, 3].contains(simulated.status) && simulated.output.contains("throughput"), "\(simulated.errors)")
      }
      let compared = try await run(["profile", "--compare", file, digits + "/edge-gpu.json"], in: place)
      #expect(compared.status == 0 && compared.output.contains("profile:") && compared.output.contains("edge-gpu:"))
    }

    /// A topology may name any profile that ships where its model is the one that was measured: digits' with emulated
    /// engines and with the engine itself. Another model's is one line.
    @Test func thoseThatShipStandInATopology() async throws {
      let place = try Workplace()
      let directory = Workplace.checkout.path + "/Topologies/profiles"
      let names = try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".json") }
      var ofDigits = 0
      for file in names.sorted().map({ "\(directory)/\($0)" }) {
        let json = try JSON(utf8: Data(contentsOf: URL(filePath: file)))
        let largest = try #require(json["max_batch"]?.integer)
        for engine in ["paced, latency_table:", "replay, latency_table:", "onnxruntime, profile:"] {
          let topology = try topology("engine: \(engine) \(file), max_batch: \(largest)", in: place)
          let valid = try await run(["validate", topology], in: place)
          guard json["model"]?.string == "digits" else {
            #expect(valid.status == 1 && valid.errors.count == 1, "\(engine) \(valid.errors)")
            let error = valid.errors.first ?? ""
            // By its name, or where it has other blocks by their number.
            #expect(error.hasPrefix("error: ") && error.contains(file), "\(error)")
            #expect(error.contains("not 'digits'") || error.contains("blocks, the model has 4"), "\(error)")
            continue
          }
          ofDigits += 1
          #expect(valid.status == 0 && valid.errors.isEmpty, "\(engine) \(valid.errors)")
          let out = place.path("run-\(UUID())")
          let simulated = try await run(["simulate", topology, "--output", out], in: place)
          // Whether it is in time depends on the machine that was measured; that it runs does not.
          #expect([0, 3].contains(simulated.status), "\(engine) \(simulated.errors)")
          try FinishedRun(out).expectConservation(least: 30)
          // Blocks take what the profile says: it is what batches are planned and run by.
          let blocks = try FinishedRun(out).records("blockRan", of: "w0")
          let table = json["blocks"]?.array ?? []
          #expect(blocks.count > 10)
          for block in blocks {
            let (number, size) = (block["block"]?.integer ?? 0, block["size"]?.integer ?? 0)
            let body = table[number - 1]["latency_s"]?.array?[size - 1].double ?? .nan
            let head = table[number - 1]["head_latency_s"]?.array?[size - 1].double ?? .nan
            let expected = Double(block["expected_ns"]?.integer ?? 0) / 1e9
            #expect(expected >= body - 1e-9 && expected <= body + head + 1e-9, "\(engine): \(block)")
          }
        }
      }
      #expect(ofDigits >= 3 && names.count > ofDigits / 3)
    }

    @Test func aProfileOfSomethingElseIsOneLine() async throws {
      let place = try Workplace()
      let file = try await profile(in: place, maxBatch: 4)
      let text = try String(contentsOfFile: file, encoding: .utf8)
      func expect(_ edit: (String) -> String, maxBatch: Int, _ words: String...) async throws {
        try Data(edit(text).utf8).write(to: URL(filePath: file))
        let topology = try topology("engine: onnxruntime, profile: \(file), max_batch: \(maxBatch)", in: place)
        let result = try await run(["validate", topology], in: place)
        #expect(result.status == 1 && result.errors.count == 1, "\(result.errors)")
        for word in words { #expect(result.errors.first?.contains(word) == true, "\(word): \(result.errors)") }
      }
      try await expect({ $0 }, maxBatch: 5, "at most 4", "max_batch")
      try await expect(
        { $0.replacing(/"model_sha256": "[0-9a-f]{8}/) { _ in "\"model_sha256\": \"00000000" } }, maxBatch: 4,
        "other files of the model 'digits'", "offramp profile")
      try await expect(
        { $0.replacingOccurrences(of: "\"model\": \"digits\"", with: "\"model\": \"letters\"") }, maxBatch: 4,
        "'letters', not 'digits'")
      try await expect(
        { $0.replacingOccurrences(of: "\"format\": 1", with: "\"format\": 2") }, maxBatch: 4, "format")
    }

    @Test func theSeparateProfilerMeasuresTheSame() async throws {
      let place = try Workplace()
      let file = place.path("p.json")
      let result = try await run(
        ["--model", digits, "--max-batch", "2", "--repeats", "3", "--budget", "0s", "--output", file],
        of: "latency-profiler", in: place)
      #expect(result.status == 0 && result.output.contains("block 4"), "\(result.errors)")
      let here = try JSON(utf8: Data(contentsOf: URL(filePath: file)))
      let there = try await run(
        ["profile", digits, "--max-batch", "2", "--repeats", "3", "--budget", "0s", "--json"], in: place)
      let printed = try JSON(there.output)
      /// Every name in it, and how long its arrays are.
      func shape(_ json: JSON) -> String {
        switch json {
        case .object(let members): "{" + members.map { "\($0.name):\(shape($0.value))" }.joined(separator: ",") + "}"
        case .array(let elements): "[\(elements.count) \(elements.first.map(shape) ?? "")]"
        default: ""
        }
      }
      #expect(shape(here) == shape(printed))
      for name in ["model", "model_sha256", "model_files", "machine", "engine", "max_batch", "repeats"] {
        #expect(here[name] == printed[name] && here[name] != nil, "\(name)")
      }
    }

    @Test func badInputIsOneLine() async throws {
      let place = try Workplace()
      let cases: [(String, [String], String)] = [
        ("offramp", ["profile"], "missing"), ("offramp", ["profile", "absent"], "absent/manifest.json"),
        ("offramp", ["profile", digits, digits], "2 models"),
        ("offramp", ["profile", digits, "--max-batch", "0"], "--max-batch"),
        ("offramp", ["profile", digits, "--engine", "abacus"], "choose one of onnxruntime"),
        ("offramp", ["profile", digits, "--output", place.path("absent/p.json")], "absent/p.json"),
        ("offramp", ["profile", digits, "--budget", "5"], "--budget"),
        ("offramp", ["profile", "--compare", digits + "/edge-gpu.json"], "one file"),
        ("offramp", ["profile", "--compare", digits + "/edge-gpu.json", "absent.json"], "absent.json"),
        ("offramp", ["profile", "--compare", "a", "b", "--output", "c"], "--output"),
        ("offramp", ["calibrate", "absent"], "absent/manifest.json"),
        ("offramp", ["calibrate", digits, "--threshold", "2"], "2.0 is no threshold"),
        ("latency-profiler", [], "--model is missing"), ("latency-profiler", [digits], "no flag"),
        ("latency-profiler", ["--model", digits, "--max-batch", "0"], "--max-batch"),
        ("latency-profiler", ["--model", digits, "--library", "absent.so"], "absent.so"),
        ("latency-profiler", ["--model", digits, "--output", place.directory.path], "regular file"),
      ]
      for (program, arguments, words) in cases {
        let result = try await run(arguments, of: program, in: place)
        #expect(
          result.status == 1 && result.errors.count == 1 && result.output.isEmpty, "\(arguments): \(result.errors)")
        #expect(result.errors.first.map { $0.hasPrefix("error: ") && $0.contains(words) } == true, "\(result.errors)")
      }
      let help = try await run(["--help"], of: "latency-profiler", in: place)
      #expect(help.status == 0 && help.output.contains("--max-batch"))
    }

    @Test func calibrationIsPrinted() async throws {
      let place = try Workplace()
      let table = try await run(["calibrate", digits, "--threshold", "0.9"], in: place)
      #expect(table.status == 0 && table.output.contains("ECE") && table.output.contains("\n0.9 "), "\(table)")
      let json = try JSON(try await run(["calibrate", digits, "--json"], in: place).output)
      #expect(json["thresholds"]?.array?.count == 101 && json["exits"]?.array?.count == 4 && json["images"] == 2000)
    }
  }
}
