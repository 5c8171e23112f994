import EdgeModel
import Inference
import PlainJSON
import Testing

@Suite struct ModelManifestTests {
  @Test func theShippedModelIsWhatItsManifestSays() throws {
    let model = try Digits.model()
    #expect(model.name == "digits" && model.classes == 10 && model.imageShape == [16, 16])
    #expect(model.blocks.count >= 4 && model.exits.count == model.blocks.count)
    #expect(model.stem.outputValues >= 4096)
    for file in model.files { #expect(try model.read(file).count == file.bytes) }
  }

  @Test func theHeldOutAnswersGiveTheManifestsAccuracyAndConfusion() throws {
    let model = try Digits.model()
    let heldOut = try HeldOutImages(model)
    for (index, exit) in model.exits.enumerated() {
      var confusion = Array(repeating: Array(repeating: 0, count: model.classes), count: model.classes)
      for sample in 0..<heldOut.count {
        confusion[heldOut.label(of: sample)][heldOut.predicted(sample, exit: index + 1)] += 1
      }
      let right = confusion.indices.reduce(0) { $0 + confusion[$1][$1] }
      #expect(abs(Double(right) / Double(heldOut.count) - exit.accuracy) < 1e-3)
      #expect(exit.confusion.isEmpty || exit.confusion == confusion)
    }
  }

  /// Each mistake, where it stands, and a word its error must contain.
  static let mistakes: [(path: [String], value: JSON?, word: String)] = [
    (["format"], 2, "format 2"),
    (["format"], nil, "\"format\" is missing"),
    (["name"], "../digits", "plain name"),
    (["name"], nil, "\"name\" is missing"),
    (["license"], 3, "license"),
    (["classes"], 1, "classes"),
    (["classes"], 4_000_000_000, "classes"),
    (["classes"], 9, "counts are expected"),
    (["input", "shape"], [], "shape"),
    (["input", "shape"], [16, 17], "the stem takes 256 values"),
    (["input", "shape"], [65536, 65536], "input.shape"),
    (["input", "scale"], 0, "input.scale"),
    (["stem"], nil, "\"stem\" is missing"),
    (["stem", "file"], "../../secret", "stem.file"),
    (["stem", "file"], "a/b", "stem.file"),
    (["stem", "file"], "", "stem.file"),
    (["stem", "bytes"], -1, "stem.bytes"),
    (["stem", "sha256"], "abc", "stem.sha256"),
    (["stem", "output_values"], 4095, "float32 values"),
    (["stem", "feature_bits"], 1, "feature_bits"),
    (["blocks"], [], "blocks"),
    (["blocks"], "none", "an array is expected"),
    (["blocks", "1", "input_values"], 7, "block 2 takes 7 values"),
    (["blocks", "0"], nil, "the part before it puts out"),
    (["exits", "3"], nil, "3 exits for 4 blocks"),
    (["exits", "0", "after_block"], 2, "behind block 1"),
    (["exits", "2", "input_values"], 3, "exit 3 takes 3 values"),
    (["exits", "0", "accuracy"], 1.5, "exits[0].accuracy"),
    (["exits", "0", "confusion", "0", "0"], -1, "exits[0].confusion[0][0]"),
    (["heldout", "count"], 0, "heldout.count"),
    (["heldout", "count"], 3, "heldout.images"),
    (["heldout", "answers"], nil, "\"answers\" is missing"),
    (["heldout", "confidence", "bytes"], 4, "heldout.confidence"),
  ]

  @Test(arguments: mistakes.indices) func eachMistakeIsOneLineThatNamesIt(_ index: Int) throws {
    let (path, value, word) = Self.mistakes[index]
    let scratch = ScratchDirectory()
    let manifest = try JSON(utf8: Digits.text("manifest.json")).replacing(path, by: value)
    try scratch.write(Array(manifest.pretty.utf8), as: "manifest.json")
    let error = try #require(throws: EngineError.self) { try ModelManifest(directory: scratch.path) }
    #expect(error.description.contains(word), "\(error)")
    #expect(error.description.contains("manifest.json") && !error.description.contains("\n"))
  }

  @Test func missingAndUnreadableDirectoriesAreErrors() throws {
    let scratch = ScratchDirectory()
    for directory in ["", "/nowhere/at/all", scratch.path, "/dev", "\(Digits.directory)/manifest.json"] {
      let error = #expect(throws: EngineError.self) { try ModelManifest(directory: directory) }
      #expect(error?.description.contains("manifest.json") == true)
    }
  }

  @Test func mutatedManifestsNeverCrash() throws {
    let original = try Digits.text("manifest.json")
    let scratch = ScratchDirectory()
    var accepted = 0
    for seed in 0..<2000 {
      var random = RandomStream(seed: UInt64(seed), device: 0, purpose: "manifest")
      try scratch.write(original.mutated(&random), as: "manifest.json")
      do throws(EngineError) {
        _ = try ModelManifest(directory: scratch.path)
        accepted += 1
      } catch {
        #expect(!error.description.contains("\n"))
      }
    }
    #expect(accepted < 2000)
  }

  @Test func missingTruncatedAndOutOfRangeHeldOutFilesAreErrors() throws {
    let scratch = ScratchDirectory()
    for (name, word) in [("heldout.labels.u8", "classes 0 to 9"), ("heldout.confidence.f32", "in 0...1")] {
      try scratch.addDigits()
      let good = try Digits.text(name)
      scratch.remove(name)
      #expect(throws: EngineError.self) { try HeldOutImages(ModelManifest(directory: scratch.path)) }
      try scratch.write(Array(good.dropLast()), as: name)
      var error = #expect(throws: EngineError.self) { try HeldOutImages(ModelManifest(directory: scratch.path)) }
      #expect(error?.description.contains("\(good.count - 1) bytes") == true)
      try scratch.write([UInt8](repeating: 255, count: good.count), as: name)
      error = #expect(throws: EngineError.self) { try HeldOutImages(ModelManifest(directory: scratch.path)) }
      #expect(error?.description.contains(word) == true)
    }
  }
}
