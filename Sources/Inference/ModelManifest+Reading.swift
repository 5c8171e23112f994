import PlainJSON
import Units

extension ModelManifest {
  static let largestManifest = 16 << 20
  static let mostValues = 1 << 24
  static let mostBlocks = 1024

  /// Reads and checks DIRECTORY/manifest.json: every member, every range, and that the parts fit each other. The other
  /// files are not opened. O(size).
  public init(directory: String) throws(EngineError) {
    let trimmed = directory.count > 1 && directory.hasSuffix("/") ? String(directory.dropLast()) : directory
    let root = try JSONField(file: "\(trimmed)/manifest.json", limit: Self.largestManifest)
    try self.init(root, directory: trimmed)
  }

  init(_ root: JSONField, directory: String) throws(EngineError) {
    try root.requireFormat(1)
    self.directory = directory
    name = try Self.plainName(root.member("name"))
    summary = try root.optional("description")?.string() ?? ""
    license = try root.member("license").string()
    classes = try root.member("classes").integer(in: 2...256)
    (imageShape, imageScale) = try Self.input(root.member("input"))
    stem = try Self.stage(root.member("stem"))
    blocks = try Self.blocks(root.member("blocks"))
    exits = try Self.exits(root.member("exits"), classes: classes)
    heldOut = try Self.heldOut(root.member("heldout"))
    try checkChain(root)
    try checkHeldOut(root.member("heldout"))
  }

  private static func input(_ field: JSONField) throws(EngineError) -> (shape: [Int], scale: Double) {
    var shape: [Int] = []
    var values = 1
    let shapeField = try field.member("shape")
    for element in try shapeField.elements() {
      let length = try element.integer(in: 1...mostValues)
      shape.append(length)
      values *= length
      guard values <= mostValues else { throw shapeField.failure("an image has more than \(mostValues) values") }
    }
    guard !shape.isEmpty else { throw shapeField.failure("the shape is empty") }
    return (shape, try field.member("scale").number(in: 1e-9...1e9))
  }

  private static func stage(_ field: JSONField) throws(EngineError) -> Stage {
    let stage = Stage(
      file: try file(field), inputValues: try field.member("input_values").integer(in: 1...mostValues),
      outputValues: try field.member("output_values").integer(in: 1...mostValues),
      feature: Bits(Double(try field.member("feature_bits").integer(in: 1...mostValues * 32))))
    guard stage.feature.value == Double(stage.outputValues * 32) else {
      throw try field.member("feature_bits").failure(
        "\(stage.outputValues) float32 values are \(stage.outputValues * 32) bits, not \(Int(stage.feature.value))")
    }
    return stage
  }

  private static func blocks(_ field: JSONField) throws(EngineError) -> [Stage] {
    let elements = try field.elements()
    guard (1...mostBlocks).contains(elements.count) else {
      throw field.failure("a model has 1 to \(mostBlocks) blocks, this one has \(elements.count)")
    }
    var blocks: [Stage] = []
    for element in elements { blocks.append(try stage(element)) }
    return blocks
  }

  private static func exits(_ field: JSONField, classes: Int) throws(EngineError) -> [Exit] {
    var exits: [Exit] = []
    for (index, element) in try field.elements().enumerated() {
      let after = try element.member("after_block")
      guard try after.integer(in: 1...mostBlocks) == index + 1 else {
        throw after.failure("exit \(index + 1) must stand behind block \(index + 1)")
      }
      exits.append(
        Exit(
          file: try file(element), inputValues: try element.member("input_values").integer(in: 1...mostValues),
          accuracy: try element.member("accuracy").number(in: 0...1),
          confusion: try confusion(element.optional("confusion"), classes: classes)))
    }
    return exits
  }

  private static func confusion(_ field: JSONField?, classes: Int) throws(EngineError) -> [[Int]] {
    guard let field else { return [] }
    var rows: [[Int]] = []
    for row in try field.elements() {
      var counts: [Int] = []
      for element in try row.elements() { counts.append(try element.integer(in: 0...Int(Int32.max))) }
      guard counts.count == classes else { throw row.failure("\(classes) counts are expected, one per class") }
      rows.append(counts)
    }
    guard rows.count == classes else { throw field.failure("\(classes) rows are expected, one per class") }
    return rows
  }

  private static func heldOut(_ field: JSONField) throws(EngineError) -> HeldOut {
    HeldOut(
      count: try field.member("count").integer(in: 1...mostValues), images: try file(field.member("images")),
      labels: try file(field.member("labels")), answers: try file(field.member("answers")),
      confidence: try file(field.member("confidence")))
  }

  private static func file(_ field: JSONField) throws(EngineError) -> File {
    let name = try plainName(field.member("file"))
    let hash = try hash(field.member("sha256"))
    return File(name: name, bytes: try field.member("bytes").integer(in: 1...FileBytes.largest), sha256: hash)
  }
  /// A SHA-256 as it stands in a file, in small letters.
  static func hash(_ field: JSONField) throws(EngineError) -> String {
    let hash = try field.string()
    guard hash.utf8.count == 64, hash.utf8.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else {
      throw field.failure("64 hexadecimal digits are expected")
    }
    return hash.lowercased()
  }

  /// A manifest may come from anywhere: it must not reach outside its directory.
  private static func plainName(_ field: JSONField) throws(EngineError) -> String {
    let name = try field.string()
    let isPlain = !name.isEmpty && name != "." && name != ".." && name.utf8.allSatisfy { $0 > 0x20 && $0 != 0x2F }
    guard isPlain else { throw field.failure("\"\(name)\" is not a plain name", "use no slash, no space") }
    return name
  }

  /// Each part's input must be what the part before it puts out.
  private func checkChain(_ root: JSONField) throws(EngineError) {
    guard stem.inputValues == imageValues else {
      throw try root.member("stem").failure(
        "the stem takes \(stem.inputValues) values, an image has \(imageValues)")
    }
    var values = stem.outputValues
    for (index, block) in blocks.enumerated() {
      guard block.inputValues == values else {
        throw try root.member("blocks").failure(
          "block \(index + 1) takes \(block.inputValues) values, the part before it puts out \(values)")
      }
      values = block.outputValues
    }
    let exitsField = try root.member("exits")
    guard exits.count == blocks.count else {
      throw exitsField.failure("there are \(exits.count) exits for \(blocks.count) blocks; each block needs one")
    }
    for (index, (exit, block)) in zip(exits, blocks).enumerated() where exit.inputValues != block.outputValues {
      throw exitsField.failure(
        "exit \(index + 1) takes \(exit.inputValues) values, block \(index + 1) puts out \(block.outputValues)")
    }
  }

  private func checkHeldOut(_ field: JSONField) throws(EngineError) {
    let expected = [
      ("images", heldOut.images, heldOut.count * imageValues), ("labels", heldOut.labels, heldOut.count),
      ("answers", heldOut.answers, heldOut.count * exits.count),
      ("confidence", heldOut.confidence, heldOut.count * exits.count * 4),
    ]
    for (name, file, bytes) in expected where file.bytes != bytes {
      throw try field.member(name).failure("\(file.bytes) bytes cannot be \(heldOut.count) images' \(name): \(bytes)")
    }
  }
}
