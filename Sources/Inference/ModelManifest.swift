public import Units

/// What a model's directory holds: its parts, their shapes, and what was measured when it was made.
///
/// A model is a *stem*, which devices run, and blocks 1 to K with an exit behind each. All tensors are float32; shapes
/// are given as values per row, the batch comes on top.
public struct ModelManifest: Hashable, Sendable {
  /// A file of the model.
  public struct File: Hashable, Sendable {
    /// Plain name within the model's directory.
    public var name: String
    public var bytes: Int
    /// 64 hexadecimal digits; identifies the model in caches, and is not checked when the file is read.
    public var sha256: String
  }
  /// The stem or a block: values in, features out.
  public struct Stage: Hashable, Sendable {
    public var file: File
    public var inputValues: Int
    public var outputValues: Int
    /// Size of the feature behind this stage.
    public var feature: Bits
  }
  /// An exit head: features in, one logit per class out.
  public struct Exit: Hashable, Sendable {
    public var file: File
    public var inputValues: Int
    /// Share of the held-out images it answers rightly, in 0...1.
    public var accuracy: Double
    /// `confusion[label][predicted]`: how many held-out images; empty where the manifest has none.
    public var confusion: [[Int]]
  }
  /// The held-out images and what each exit answered to them when the model was made.
  public struct HeldOut: Hashable, Sendable {
    public var count: Int
    public var images: File
    public var labels: File
    public var answers: File
    public var confidence: File
  }

  /// Where the manifest was read from; without a slash at its end.
  public var directory: String
  public var name: String
  public var summary: String
  public var license: String
  public var classes: Int
  /// Of one image, such as [16, 16].
  public var imageShape: [Int]
  /// A pixel of 0...255 times this is the stem's input.
  public var imageScale: Double
  public var stem: Stage
  /// At least one; block n is `blocks[n - 1]`.
  public var blocks: [Stage]
  /// Exit n, behind block n, is `exits[n - 1]`; as many as blocks.
  public var exits: [Exit]
  public var heldOut: HeldOut

  /// Pixels, and bytes, of one image.
  public var imageValues: Int { imageShape.reduce(1, *) }
  /// Float32 values of the feature that enters `block`, from 1.
  public func featureValues(entering block: Int) -> Int { blocks[block - 1].inputValues }
  /// Every file of the model, in a fixed order.
  public var files: [File] {
    [stem.file] + blocks.map(\.file) + exits.map(\.file)
      + [heldOut.images, heldOut.labels, heldOut.answers, heldOut.confidence]
  }

  /// The bytes of one of the model's files; throws where it is missing or its size is not the manifest's.
  public func read(_ file: File) throws(EngineError) -> [UInt8] {
    let path = "\(directory)/\(file.name)"
    let bytes = try FileBytes.read(path)
    guard bytes.count == file.bytes else {
      throw EngineError(
        "the file has \(bytes.count) bytes, the model's manifest says \(file.bytes)", at: path,
        remedy: "it is truncated or of another model: restore the model's directory")
    }
    return bytes
  }
}
