public import EdgeModel

/// A device's part of the model: the stem, and as many blocks as the device runs itself.
public protocol FeatureExtractor: ~Copyable {
  /// Held-out images there are.
  var sampleCount: Int { get }
  /// The feature of image `sample` as it enters `block`, float32. Throws for a sample the model does not have and for a
  /// block beyond what this device runs.
  mutating func feature(of sample: Int, entering block: Int) throws(EngineError) -> FeatureBuffer
}

/// Features of the right size that hold zeros, for runs whose worker replays a table and reads none.
public struct BlankFeatures: FeatureExtractor, Sendable {
  private let model: ModelManifest
  public init(model: ModelManifest) { self.model = model }
  public var sampleCount: Int { model.heldOut.count }

  public mutating func feature(of sample: Int, entering block: Int) throws(EngineError) -> FeatureBuffer {
    try model.checkRequest(sample: sample, block: block, deepest: model.blocks.count)
    return FeatureBuffer(byteCount: model.featureValues(entering: block) * MemoryLayout<Float>.stride)
  }
}

extension ModelManifest {
  /// Throws where there is no image `sample` or the device does not reach `block`, 1...deepest.
  public func checkRequest(sample: Int, block: Int, deepest: Int) throws(EngineError) {
    guard (0..<heldOut.count).contains(sample) else {
      throw EngineError(
        "there is no held-out image \(sample)", at: directory, remedy: "use 0 to \(heldOut.count - 1)")
    }
    guard (1...deepest).contains(block) else {
      throw EngineError(
        "the device has no feature that enters block \(block)", at: directory, remedy: "use 1 to \(deepest)")
    }
  }
}
