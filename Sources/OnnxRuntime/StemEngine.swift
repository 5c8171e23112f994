public import EdgeModel
public import Inference

/// The device's part of a model on ONNX Runtime: the stem, then the blocks that the device runs itself.
public struct StemEngine: FeatureExtractor, ~Copyable, Sendable {
  private let model: ModelManifest
  private let heldOut: HeldOutImages
  /// The stem and blocks 1, 2, …
  private let stages: [OnnxSession]
  /// The stem's input; never handed out, so it may be filled again.
  private let image: FeatureBuffer

  /// Loads the stem, and blocks so that features may enter any block up to `deepestEntry`, 1...K.
  ///
  /// Throws, with the file, for one that is missing, has another size or other shapes than the manifest says, or that
  /// the engine cannot load.
  public init(model: ModelManifest, heldOut: HeldOutImages, runtime: OnnxRuntime, deepestEntry: Int = 1)
    throws(EngineError)
  {
    try model.checkRequest(sample: 0, block: deepestEntry, deepest: model.blocks.count)
    var stages: [OnnxSession] = []
    for stage in [model.stem] + model.blocks.prefix(deepestEntry - 1) {
      stages.append(try OnnxSession(runtime, model, stage))
    }
    self.model = model
    self.heldOut = heldOut
    self.stages = stages
    image = FeatureBuffer(byteCount: model.imageValues * MemoryLayout<Float>.stride)
  }

  public var sampleCount: Int { heldOut.count }

  public mutating func feature(of sample: Int, entering block: Int = 1) throws(EngineError) -> FeatureBuffer {
    try model.checkRequest(sample: sample, block: block, deepest: stages.count)
    fillImage(with: heldOut.pixels(of: sample))
    var feature = image
    for stage in stages[..<block] { feature = try Self.run(stage, on: feature) }
    return feature
  }

  private func fillImage(with pixels: ArraySlice<UInt8>) {
    let scale = Float(model.imageScale)
    image.withMutableBytes { bytes in
      let values = bytes.assumingMemoryBound(to: Float.self)
      for (index, pixel) in pixels.enumerated() { values[index] = Float(pixel) * scale }
    }
  }

  private static func run(_ stage: OnnxSession, on input: FeatureBuffer) throws(EngineError) -> FeatureBuffer {
    let output = FeatureBuffer(byteCount: stage.outputValues * MemoryLayout<Float>.stride)
    let done = input.withFeatureBytes { input in
      output.withMutableBytes { output in
        Result { () throws(EngineError) in
          try stage.run(
            rows: 1, input.assumingMemoryBound(to: Float.self).baseAddress!,
            output.assumingMemoryBound(to: Float.self).baseAddress!)
        }
      }
    }
    try done.get()
    return output
  }
}
