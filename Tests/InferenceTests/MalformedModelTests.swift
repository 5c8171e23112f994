import EdgeModel
import Inference
import OnnxRuntime
import PlainJSON
import Testing

@Suite struct MalformedModelTests {
  private func load(_ scratch: ScratchDirectory) throws -> OnnxEngine {
    try OnnxEngine(model: ModelManifest(directory: scratch.path), largestBatch: 4, runtime: Digits.runtime())
  }
  private func error(_ scratch: ScratchDirectory) throws -> String {
    do {
      _ = try load(scratch).blockCount
      return "no error"
    } catch let error as EngineError {
      return error.description
    }
  }

  @Test func aMissingFileIsNamed() throws {
    let scratch = ScratchDirectory()
    try scratch.addDigits()
    scratch.remove("block_3.onnx")
    let text = try error(scratch)
    #expect(text.contains("block_3.onnx") && text.contains("No such file"))
  }
  @Test func aTruncatedFileIsNamedWithBothSizes() throws {
    let scratch = ScratchDirectory()
    try scratch.addDigits()
    scratch.remove("block_2.onnx")
    let bytes = try Digits.text("block_2.onnx")
    try scratch.write(Array(bytes.prefix(1000)), as: "block_2.onnx")
    let text = try error(scratch)
    #expect(text.contains("block_2.onnx") && text.contains("1000 bytes") && text.contains("\(bytes.count)"))
  }
  @Test(arguments: [
    ("block_2.onnx", "block_1.onnx", "maps 4096 values to 256"), ("exit_1.onnx", "block_2.onnx", "called \"logits\""),
    ("block_1.onnx", "exit_1.onnx", "called \"features\""), ("exit_2.onnx", "manifest.json", "cannot be loaded"),
  ]) func aMisShapedFileIsNamed(_ name: String, _ content: String, _ word: String) throws {
    let scratch = ScratchDirectory()
    try scratch.addDigits()
    try scratch.replace(name, by: Digits.text(content))
    let text = try error(scratch)
    #expect(text.contains(name) && text.contains(word), "\(text)")
  }

  /// The manifest says the size that the file has, so that only its content is wrong.
  @Test(arguments: ["block_1.onnx", "block_4.onnx", "exit_1.onnx", "exit_4.onnx"])
  func aFileThatEndsEarlyIsNamed(_ name: String) throws {
    let scratch = ScratchDirectory()
    try scratch.addDigits()
    let bytes = try Digits.text(name)
    for seed in 0..<40 as Range<UInt64> {
      var random = RandomStream(seed: seed, device: 0, purpose: "truncation")
      try scratch.replace(name, by: Array(bytes.prefix(Int.random(in: 1..<bytes.count, using: &random))))
      let text = try error(scratch)
      #expect(text.contains(name) && text.contains("restore the model's directory"), "seed \(seed): \(text)")
    }
  }

  /// An exit whose bytes `from` are replaced by as many others.
  @Test(arguments: [
    // Its output has another name; its batch is 4, as a varint with leading zeros in place of the name "batch".
    (Array("logits".utf8), Array("logitz".utf8), "one output, called \"logits\""),
    ([0x12, 0x05] + Array("batch".utf8), [0x08, 0x84, 0x80, 0x80, 0x80, 0x80, 0x00], "first dimension"),
  ])
  func anExitThatIsNotAsTheManifestSaysIsNamed(_ from: [UInt8], _ to: [UInt8], _ word: String) throws {
    let scratch = ScratchDirectory()
    try scratch.addDigits()
    let original = try Digits.text("exit_1.onnx")
    let changed = original.replacing(from, with: to)
    #expect(changed != original && changed.count == original.count)
    try scratch.replace("exit_1.onnx", by: changed)
    let text = try error(scratch)
    #expect(text.contains("exit_1.onnx") && text.contains(word), "\(text)")
  }

  /// The manifest speaks of fewer classes than the exits have.
  @Test func exitsOfOtherClassesAreNamed() throws {
    let scratch = ScratchDirectory()
    try scratch.addDigits()
    let manifest = try JSON(utf8: Digits.text("manifest.json")).setting("classes", to: 9).editing { object in
      object = object.setting("confusion", to: nil)
    }
    scratch.remove("manifest.json")
    try scratch.write(Array(manifest.pretty.utf8), as: "manifest.json")
    #expect(try error(scratch).contains("maps 256 values to 10, its manifest says 256 to 9"))
  }

  /// What a worker does with a model before it says that it is ready, with the first held-out images: what it says; nil
  /// where it takes the model.
  private func faults(_ scratch: ScratchDirectory, rows: [Int]) throws -> [String?] {
    let model = try ModelManifest(directory: scratch.path)
    let (heldOut, runtime) = (try HeldOutImages(model), try Digits.runtime())
    var stem = try StemEngine(model: model, heldOut: heldOut, runtime: runtime)
    var features: [FeatureBuffer] = []
    for sample in 0..<16 { features.append(try stem.feature(of: sample)) }
    var engine = try OnnxEngine(model: model, largestBatch: 16, runtime: runtime)
    return rows.map { rows in
      do throws(EngineError) {
        try heldOut.check(answersOf: &engine, model: model, features: Array(features.prefix(rows)))
        return nil
      } catch {
        #expect(!error.description.contains("\n"))
        return error.description
      }
    }
  }

  /// Files that fit each other's place in all but what they compute.
  @Test(arguments: [
    ("exit_1.onnx", "exit_2.onnx", 1), ("exit_2.onnx", "exit_3.onnx", 2), ("block_2.onnx", "block_3.onnx", 2),
  ])
  func exchangedFilesAreFoundByWhatTheyAnswer(_ first: String, _ second: String, _ exit: Int) throws {
    let scratch = ScratchDirectory()
    try scratch.addDigits()
    #expect(try faults(scratch, rows: Array(1...16)).allSatisfy { $0 == nil })
    for (name, content) in [(first, second), (second, first)] {
      scratch.remove(name)
      try scratch.write(Digits.text(content), as: name)
    }
    let found = try faults(scratch, rows: [16])[0]
    #expect(found?.contains("exit \(exit) answers") == true, "\(found ?? "taken")")
  }

  /// Any two exits in each other's place: of one shape, so with a manifest that gives each place the other's name, or
  /// the other's size and hash, only what they answer can tell. It tells of all but exits 3 and 4, which answer most
  /// images alike (Docs/Model.md has how many); with a manifest that was left alone, it is their sizes that tell.
  @Test(
    arguments: [(1, 2), (1, 3), (1, 4), (2, 3), (2, 4), (3, 4)],
    [["file", "bytes", "sha256"], ["bytes", "sha256"], []])
  func exchangedExits(_ pair: (Int, Int), _ keys: [String]) throws {
    let manifest = try JSON(utf8: Digits.text("manifest.json"))
    var exits = try #require(manifest["exits"]?.array)
    let original = exits
    let scratch = ScratchDirectory()
    try scratch.addDigits()
    for (place, source) in [(pair.0, pair.1), (pair.1, pair.0)] {
      for key in keys { exits[place - 1] = exits[place - 1].setting(key, to: original[source - 1][key]) }
      guard !keys.contains("file") else { continue }
      scratch.remove("exit_\(place).onnx")
      try scratch.write(Digits.text("exit_\(source).onnx"), as: "exit_\(place).onnx")
    }
    scratch.remove("manifest.json")
    try scratch.write(Array(manifest.setting("exits", to: .array(exits)).pretty.utf8), as: "manifest.json")
    let areOneSize = original[pair.0 - 1]["bytes"] == original[pair.1 - 1]["bytes"]
    guard areOneSize || !keys.isEmpty else {
      #expect(try error(scratch).contains("exit_\(pair.0).onnx") && error(scratch).contains("bytes"))
      return
    }
    #expect(try error(scratch) == "no error", "sizes and shapes are right")
    let found = try faults(scratch, rows: [8, 16])
    for fault in found {
      #expect(fault == nil || fault?.contains("restore the model's directory") == true)
      #expect(fault == nil || fault?.contains("exit \(pair.0) ") == true || fault?.contains("exit \(pair.1) ") == true)
    }
    #expect(found.allSatisfy { ($0 == nil) == (pair == (3, 4)) }, "\(found)")
  }

  /// An exit that the manifest has as better or worse than its answers to the held-out images are, and two that it has
  /// in each other's place: policies would choose exits by it.
  @Test func anAccuracyThatTheAnswersDoNotHaveIsNamed() throws {
    let manifest = try JSON(utf8: Digits.text("manifest.json"))
    let exits = try #require(manifest["exits"]?.array)
    let accuracies = try exits.map { try #require($0["accuracy"]?.double) }
    var refused = 0
    for seed in 0..<300 as Range<UInt64> {
      var random = RandomStream(seed: seed, device: 0, purpose: "accuracy")
      var changed = accuracies
      switch Int.random(in: 0..<3, using: &random) {
      case 0: changed.swapAt(Int.random(in: 0..<4, using: &random), Int.random(in: 0..<4, using: &random))
      case 1: changed[Int.random(in: 0..<4, using: &random)] = Double.random(in: 0...1, using: &random)
      default: changed[Int.random(in: 0..<4, using: &random)] += Double.random(in: -0.01...0.01, using: &random)
      }
      let scratch = ScratchDirectory()
      try scratch.addDigits()
      scratch.remove("manifest.json")
      let json = manifest.setting(
        "exits", to: .array(zip(exits, changed).map { $0.setting("accuracy", to: .number($1)) }))
      try scratch.write(Array(json.pretty.utf8), as: "manifest.json")
      // A share may be written to a per cent.
      let first = zip(accuracies, changed).enumerated().first { abs($1.0 - $1.1) > 0.005 + 1e-9 }
      do throws(EngineError) {
        _ = try HeldOutImages(ModelManifest(directory: scratch.path))
        #expect(first == nil, "seed \(seed): \(changed) taken")
      } catch {
        refused += 1
        #expect(error.description.contains("exit \((first?.offset ?? -1) + 1) answers"), "seed \(seed): \(error)")
        #expect(error.description.contains("manifest") && !error.description.contains("\n"))
      }
    }
    #expect((100..<290).contains(refused), "\(refused)")
  }

  /// The stem: small, so that hundreds of loads take a second, and of more kinds of operation than the rest.
  @Test func mutatedFilesAreErrorsOrRunAndNeverCrash() throws {
    let scratch = ScratchDirectory()
    try scratch.addDigits()
    let heldOut = try HeldOutImages(Digits.model())
    let original = try Digits.text("stem.onnx")
    var refused = 0
    for seed in 0..<800 as Range<UInt64> {
      var random = RandomStream(seed: seed, device: 0, purpose: "model")
      try scratch.replace("stem.onnx", by: original.mutatedModel(&random))
      do throws(EngineError) {
        let model = try ModelManifest(directory: scratch.path)
        var stem = try StemEngine(model: model, heldOut: heldOut, runtime: OnnxRuntime.open())
        #expect(try stem.feature(of: 3).byteCount == 4 * model.stem.outputValues)
      } catch {
        refused += 1
        #expect(error.description.contains("stem.onnx") && !error.description.contains("\n"))
      }
    }
    #expect((1..<800).contains(refused))
  }

  @Test func aLibraryThatIsNotThereIsOneLine() {
    let error = #expect(throws: EngineError.self) { try OnnxLibrary.locate("/nowhere/libonnxruntime.so") }
    #expect(error?.description.contains("Scripts/setup") == true)
    #expect(throws: EngineError.self) { try OnnxRuntime.open(.init(library: "\(Digits.directory)/stem.onnx")) }
    #expect(throws: EngineError.self) { try OnnxRuntime.open(.init(threads: 0)) }
  }
}

extension [UInt8] {
  /// Every run of bytes equal to `old` replaced.
  fileprivate func replacing(_ old: [UInt8], with new: [UInt8]) -> [UInt8] {
    var (bytes, place) = (self, 0)
    while place + old.count <= bytes.count {
      if bytes[place..<place + old.count].elementsEqual(old) {
        bytes.replaceSubrange(place..<place + old.count, with: new)
        place += new.count
      } else {
        place += 1
      }
    }
    return bytes
  }
  /// Mutated mostly in the graph's own bytes, at the file's beginning and end, where weights do not absorb it.
  fileprivate func mutatedModel(_ random: inout RandomStream) -> [UInt8] {
    switch Int.random(in: 0..<3, using: &random) {
    case 0: return mutated(&random)
    case 1:
      let head = prefix(400)
      return Array(head).mutated(&random) + dropFirst(400)
    default:
      return dropLast(300) + Array(suffix(300)).mutated(&random)
    }
  }
}
