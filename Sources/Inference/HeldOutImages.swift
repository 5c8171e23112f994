/// The held-out images of a model, their labels, and what each exit answered to them when the model was made.
///
/// Devices draw their inputs from these, so that a run's accuracy is measured on images the model never saw.
public struct HeldOutImages: Hashable, Sendable {
  public let count: Int
  /// Of the model.
  public let exits: Int
  public let classes: Int
  /// Bytes of one image.
  public let imageValues: Int
  private let pixels: [UInt8]
  private let labels: [UInt8]
  private let predictions: [UInt8]
  private let confidences: [Float]

  /// Loads and checks the four files. O(their size).
  ///
  /// Throws for a missing file, a wrong size, a label, answer or confidence out of range, and where an exit's accuracy
  /// in the manifest is not the share of these images that its answers are right on: policies choose exits by it.
  public init(_ model: ModelManifest) throws(EngineError) {
    count = model.heldOut.count
    exits = model.exits.count
    classes = model.classes
    imageValues = model.imageValues
    pixels = try model.read(model.heldOut.images)
    labels = try Self.classes(model, model.heldOut.labels)
    predictions = try Self.classes(model, model.heldOut.answers)
    confidences = try Self.shares(model, model.heldOut.confidence)
    for (index, exit) in model.exits.enumerated() {
      let right = (0..<count).count { predicted($0, exit: index + 1) == label(of: $0) }
      let share = Double(right) / Double(count)
      guard (share - exit.accuracy).magnitude <= Self.rounding else {
        throw EngineError(
          "exit \(index + 1) answers \(right) of \(count) held-out images rightly, the model's manifest says it is "
            + "right on a share of \(exit.accuracy)", at: "\(model.directory)/\(model.heldOut.answers.name)",
          remedy: "restore the model's directory")
      }
    }
  }
  /// How far the manifest's accuracy may be from the share: it may be written to a per cent.
  private static let rounding = 0.005 + 1e-9

  /// Pixels of image `sample` in 0..<count, row by row, each in 0...255.
  public func pixels(of sample: Int) -> ArraySlice<UInt8> {
    pixels[sample * imageValues..<(sample + 1) * imageValues]
  }
  /// The right class of `sample`, in 0..<classes.
  public func label(of sample: Int) -> Int { Int(labels[sample]) }
  /// What exit `exit`, from 1, answered to `sample`.
  public func predicted(_ sample: Int, exit: Int) -> Int { Int(predictions[sample * exits + exit - 1]) }
  /// How sure exit `exit`, from 1, was of that, in 0...1.
  public func confidence(_ sample: Int, exit: Int) -> Double { Double(confidences[sample * exits + exit - 1]) }

  private static func classes(_ model: ModelManifest, _ file: ModelManifest.File) throws(EngineError) -> [UInt8] {
    let bytes = try model.read(file)
    if let index = bytes.firstIndex(where: { Int($0) >= model.classes }) {
      throw EngineError(
        "byte \(index) is \(bytes[index]), the model has classes 0 to \(model.classes - 1)",
        at: "\(model.directory)/\(file.name)", remedy: "restore the model's directory")
    }
    return bytes
  }

  private static func shares(_ model: ModelManifest, _ file: ModelManifest.File) throws(EngineError) -> [Float] {
    let bytes = try model.read(file)
    let values = bytes.withUnsafeBytes { raw in
      (0..<raw.count / 4).map {
        Float(bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
      }
    }
    if let index = values.firstIndex(where: { !(0...1.001).contains($0) }) {
      throw EngineError(
        "value \(index) is \(values[index]), a confidence is in 0...1", at: "\(model.directory)/\(file.name)",
        remedy: "restore the model's directory")
    }
    return values.map { min($0, 1) }
  }
}
