import EdgeModel
import Inference
import OnnxRuntime
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
