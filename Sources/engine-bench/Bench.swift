import EdgeModel
import Inference
import OnnxRuntime

/// The model that every measurement runs.
struct Bench {
  let model: ModelManifest
  let heldOut: HeldOutImages
  let runtime: OnnxRuntime
  let profile: LatencyProfile
  let largest: Int
  /// `features[block - 1]`: those of the first images as they enter the block.
  let features: [[FeatureBuffer]]

  /// `needsCUDA`: whether ONNX Runtime is to be the build that computes on GPUs.
  init(model directory: String, largest: Int, images: Int = 256, needsCUDA: Bool = false) throws(EngineError) {
    self.largest = largest
    let model = try ModelManifest(directory: directory)
    let heldOut = try HeldOutImages(model)
    let library = needsCUDA ? try OnnxLibrary.locate(prefersCUDA: true) : nil
    let runtime = try OnnxRuntime.open(OnnxRuntime.Settings(library: library))
    (self.model, self.heldOut, self.runtime) = (model, heldOut, runtime)
    // The executor says what it expected of each block; here nobody reads that.
    profile = LatencyProfile(
      blocks: model.blocks.map { _ in BlockProfile(latency: .table(Array(repeating: 0, count: largest))) })
    var stem = try StemEngine(model: model, heldOut: heldOut, runtime: runtime, deepestEntry: model.blocks.count)
    var features: [[FeatureBuffer]] = []
    for block in 1...model.blocks.count {
      var entering: [FeatureBuffer] = []
      for sample in 0..<min(images, heldOut.count) { entering.append(try stem.feature(of: sample, entering: block)) }
      features.append(entering)
    }
    self.features = features
  }

  func engine() throws(EngineError) -> OnnxEngine {
    try OnnxEngine(model: model, largestBatch: largest, runtime: runtime)
  }
  func executor<Engine: InferenceEngine & ~Copyable>(
    on engine: consuming Engine
  ) throws(EngineError) -> BatchExecutor<Engine> {
    try BatchExecutor(
      engine: engine, profile: profile, now: { Instant(nanoseconds: Stopwatch.monotonicNanoseconds()) })
  }
}
