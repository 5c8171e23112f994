import EdgeModel
import Foundation
import Inference
import OnnxRuntime
import PlainJSON
import Testing
import Units

@testable import Profiling

@Suite struct ProfileRequestTests {
  @Test func theShippedModelIsProfiled() throws {
    let checkout = try Checkout()
    let model = try ModelManifest(directory: Checkout.digits)
    let text = try ProfileSession.run(
      { () throws(EngineError) in
        try ProfileRequest(model: Checkout.digits, maxBatch: 5, repeats: 4, budget: .seconds(60))
      }, output: checkout.path("p.json"), json: false)
    #expect(
      text.contains("digits: onnxruntime 1.28.0, 1 thread") && text.hasSuffix("profile: \(checkout.path("p.json"))"))
    let profile = try EngineProfile(file: checkout.path("p.json"))
    #expect(profile.repeats == 4 && profile.largestBatch == 5 && profile.blockCount == 4)
    #expect(profile.table.model == "digits" && profile.table.modelSHA256 == model.fingerprint)
    #expect(profile.files.map(\.name) == model.timedFiles.map(\.name))
    #expect(profile.featureBytes == [16384, 1024, 1024, 1024] && profile.answerBytes == 40)
    let machine = Machine.current()
    #expect(profile.origin.processor == machine.processor && profile.origin.cores == machine.cores)
    #expect(profile.origin.kernel.hasPrefix("Linux ") && profile.origin.date.hasSuffix("Z"))
    for series in profile.bodies + profile.heads + [profile.whole] {
      #expect(series.median.count == 5 && series.median.allSatisfy { $0 > 0 })
    }
    for size in 0..<5 {
      // Answers are part of their head.
      for exit in 0..<4 { #expect(profile.answering[exit].median[size] <= profile.heads[exit].p99[size]) }
      #expect(profile.whole.median[size] >= profile.bodies.map { $0.median[size] }.max() ?? 0)
    }
    #expect(profile.gathering.count == 3 && profile.gathering.allSatisfy { $0.median.count == 4 })
    try profile.table.check(for: model, maxBatch: 5, file: "p.json")
  }

  /// With others at work a batch takes no less, and the file says so to whoever reads it.
  @Test func instancesAreMeasuredTogether() throws {
    let checkout = try Checkout()
    let text = try ProfileSession.run(
      { () throws(EngineError) in
        try ProfileRequest(model: Checkout.digits, instances: 3, maxBatch: 2, repeats: 3, budget: .zero)
      }, output: checkout.path("p.json"), json: false)
    #expect(text.contains("2 instances at work") && text.contains("3 instances at work"))
    let table = try LatencyTable(file: checkout.path("p.json"))
    #expect(table.concurrency.map(\.instances) == [2, 3] && table.largestConcurrency == 3)
    #expect(try EngineProfile(file: checkout.path("p.json")).table == table)
    for (fewer, more) in zip(table.profiles(upTo: 3), table.profiles(upTo: 3).dropFirst()) {
      for block in 0..<4 {
        for size in 1...2 { #expect(fewer.blocks[block].seconds(size) <= more.blocks[block].seconds(size)) }
      }
    }
  }

  /// The engine whose batches stay on a device, with the host's memory in a device's place.
  @Test func theDevicesPathIsProfiled() throws {
    let checkout = try Checkout()
    let text = try ProfileSession.run(
      { () throws(EngineError) in
        try ProfileRequest(
          model: Checkout.digits, engine: "cuda", device: "cpu", maxBatch: 3, repeats: 3, budget: .zero)
      }, output: checkout.path("p.json"), json: false)
    #expect(text.contains("digits: cuda ONNX Runtime 1.28.0, 1 thread, host memory; "), "\(text)")
    let profile = try EngineProfile(file: checkout.path("p.json"))
    #expect(profile.origin.engine == "cuda" && profile.origin.device == "host memory")
    #expect(profile.table.name == "cuda on host memory, 1 thread")
    for series in profile.loading + profile.answering + profile.gathering {
      #expect(series.median.allSatisfy { $0 > 0 })
    }
  }

  @Test func anEngineIsHeldAgainstTheProcessorsAnswers() throws {
    let request = try ProfileRequest(
      model: Checkout.digits, engine: "cuda", device: "cpu", maxBatch: 3, repeats: 3, budget: .zero)
    // The same kernels on the same processor: the same bits.
    let agreement = try request.check(batches: 3, tolerance: 0)
    #expect(agreement.isClose && agreement.batches == 3 && agreement.answers > 0)
    #expect("\(agreement)".hasSuffix("features to 0, confidences to 0 (at most 0)"), "\(agreement)")
    for tolerance in [-1e-9, 1, .nan] {
      let error = try #require(throws: EngineError.self) { try request.check(batches: 1, tolerance: tolerance) }
      #expect(error.description.contains("is out of range, --tolerance; give a number from 0"), "\(error)")
    }
  }
  @Test func howFarAnEngineMayBeOffIsSaid() {
    func agreement(_ tolerance: Double, feature: Double = 0, confidence: Double = 0) -> EngineAgreement {
      var agreement = EngineAgreement(engine: "an engine", tolerance: tolerance)
      (agreement.worstFeature, agreement.worstConfidence) = (feature, confidence)
      return agreement
    }
    let off = agreement(EngineAgreement.standardTolerance, feature: 2e-5)
    #expect(!off.isClose && "\(off)".hasPrefix("DIFFERS: ") && "\(off)".hasSuffix("(at most 1.0e-5)"), "\(off)")
    #expect(agreement(1e-4, feature: 2e-5).isClose && agreement(1e-4, confidence: 1e-4).isClose)
    #expect(!agreement(1e-4, confidence: 2e-4).isClose)
    var other = agreement(0.5)
    other.otherClasses = 1
    #expect(!other.isClose)
  }

  @Test func aTableOfSomethingElseIsRefused() throws {
    let profile = try ProfileRequest(model: Checkout.digits, maxBatch: 2, repeats: 3, budget: .zero).perform()
    let model = try ModelManifest(directory: Checkout.digits)
    func refusal(_ model: ModelManifest, _ maxBatch: Int = 2) -> String? {
      do throws(EngineError) {
        try profile.table.check(for: model, maxBatch: maxBatch, file: "p.json")
        return nil
      } catch { return error.description }
    }
    #expect(refusal(model) == nil)
    #expect(refusal(model, 3)?.contains("ends at a batch of 2, the worker's max_batch is 3, p.json") == true)
    var other = model
    other.name = "letters"
    #expect(refusal(other)?.contains("'digits', not 'letters'") == true)
    other = model
    other.blocks.removeLast()
    #expect(refusal(other)?.contains("has 4 blocks, the model 'digits' has 3") == true)
    other = model
    other.exits[2].file.sha256 = String(repeating: "0", count: 64)
    #expect(refusal(other)?.contains("other files of the model 'digits'") == true)
    // What times do not depend on.
    other = model
    other.stem.file.sha256 = String(repeating: "0", count: 64)
    other.blocks[0].file.name = "renamed.onnx"
    other.blocks[0].file.sha256 = other.blocks[0].file.sha256.uppercased()
    #expect(refusal(other) == nil)
  }

  @Test(arguments: [
    ("max-batch", "0 is out of range, --max-batch; give a whole number from 1 to 4096"),
    ("longer", "4097 is out of range, --max-batch"), ("threads", "0 is out of range, --threads"),
    ("repeats", "0 is out of range, --repeats"), ("budget", "a negative time, --budget"),
    ("unknown", "there is no engine 'abacus', --engine; choose one of onnxruntime"),
    ("device", "'gpu' is no device, --device; give a GPU's number, 0 to 255, or cpu"),
    ("nodevice", "the engine 'onnxruntime' has no device, --device"),
    ("plugin", "the engine 'cuda' has no plugin, --plugin"),
    ("paced", "the engine 'paced' goes by a table, --engine"), ("model", "absent/manifest.json"),
  ]) func badInputIsOneLine(_ what: String, _ words: String) throws {
    let error = try #require(throws: EngineError.self) {
      let engine = ["unknown": "abacus", "paced": "paced", "device": "torch", "plugin": "cuda"][what] ?? "onnxruntime"
      _ = try ProfileRequest(
        model: what == "model" ? "absent" : Checkout.digits, engine: engine,
        device: ["device": "gpu", "nodevice": "0"][what], plugin: what == "plugin" ? "p.so" : nil,
        threads: what == "threads" ? 0 : 1,
        maxBatch: what == "max-batch" ? 0 : what == "longer" ? 4097 : 2, repeats: what == "repeats" ? 0 : 3,
        budget: what == "budget" ? .seconds(-1) : .zero)
    }
    #expect(error.description.contains(words) && !error.description.contains("\n"), "\(error)")
  }

  @Test func damagedModelsAreOneLine() throws {
    func failure(_ damage: (String) throws -> Void, editing edit: (String) -> String = { $0 }) throws -> String {
      let checkout = try Checkout()
      let model = try checkout.model(editing: edit)
      try damage(model)
      return try #require(throws: EngineError.self) { _ = try ProfileRequest(model: model, maxBatch: 2) }.description
    }
    #expect(try failure({ _ in }, editing: { String($0.dropLast(20)) }).contains("manifest.json"))
    #expect(
      try failure({ _ in }, editing: { $0.replacing("\"format\": 1", with: "\"format\": 3") }).contains("format 3"))
    #expect(try failure { try FileManager.default.removeItem(atPath: $0 + "/exit_2.onnx") }.contains("exit_2.onnx"))
    // The right size, and one bit changed.
    let flipped = try failure { model in
      var bytes = try FileBytes.read(model + "/block_3.onnx")
      bytes[bytes.count / 2] ^= 1
      try FileBytes.write(bytes, to: model + "/block_3.onnx")
    }
    #expect(flipped.contains("SHA-256") && flipped.contains("block_3.onnx"))
    // A batch that no memory holds: 2 buffers of 4096 rows of 16 Mi values.
    let wide = try #require(throws: EngineError.self) {
      let checkout = try Checkout()
      let text = { (text: String) in
        text.replacing(/"(input|output)_values": (4096|256)(?=,\s+"(out|feat|acc))/) { "\"\($0.1)_values\": 16777216" }
          .replacing(/"feature_bits": \d+/, with: "\"feature_bits\": 536870912")
          .replacing(
            "\"input_values\": 16777216,\n  \"output_values\": 16777216",
            with: "\"input_values\": 256,\n  \"output_values\": 16777216")
      }
      _ = try ProfileRequest(model: try checkout.model(editing: text), maxBatch: 4096)
    }
    #expect(wide.description.contains("--max-batch") && wide.description.contains("MiB"), "\(wide)")
  }

  @Test func anOutputThatCannotBeWrittenIsFoundBeforeAnythingIsMeasured() throws {
    let checkout = try Checkout()
    for output in [checkout.path("absent/p.json"), checkout.directory, "/proc/p.json"] {
      var isMade = false
      let error = try #require(throws: EngineError.self) {
        _ = try ProfileSession.run(
          { () throws(EngineError) in
            isMade = true
            return try ProfileRequest(model: Checkout.digits, maxBatch: 1, repeats: 1, budget: .zero)
          }, output: output, json: true)
      }
      #expect(error.description.contains(output) && !isMade, "\(error)")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: checkout.directory).isEmpty)
  }
}
