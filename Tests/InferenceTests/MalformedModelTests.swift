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

  /// Files that fit each other's place in all but what they compute.
  @Test(arguments: [
    ("exit_1.onnx", "exit_2.onnx", 1), ("exit_2.onnx", "exit_3.onnx", 2), ("block_2.onnx", "block_3.onnx", 2),
  ])
  func exchangedFilesAreFoundByWhatTheyAnswer(_ first: String, _ second: String, _ exit: Int) throws {
    let scratch = ScratchDirectory()
    try scratch.addDigits()
    func check(rows: Int) throws {
      let model = try ModelManifest(directory: scratch.path)
      let (heldOut, runtime) = (try HeldOutImages(model), try Digits.runtime())
      var stem = try StemEngine(model: model, heldOut: heldOut, runtime: runtime)
      var features: [FeatureBuffer] = []
      for sample in 0..<rows { features.append(try stem.feature(of: sample)) }
      var engine = try OnnxEngine(model: model, largestBatch: 16, runtime: runtime)
      try heldOut.check(answersOf: &engine, model: model, features: features)
    }
    for rows in 1...16 { try check(rows: rows) }
    for (name, content) in [(first, second), (second, first)] {
      scratch.remove(name)
      try scratch.write(Digits.text(content), as: name)
    }
    let found = #expect(throws: EngineError.self) { try check(rows: 16) }
    #expect(found?.description.contains("exit \(exit) answers") == true, "\(String(describing: found))")
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
