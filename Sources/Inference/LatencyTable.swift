public import EdgeModel
public import PlainJSON

/// A named latency table for one model: measured on a machine, or chosen to emulate one.
public struct LatencyTable: Hashable, Sendable {
  public var name: String
  /// Name of the model it is for.
  public var model: String
  /// Body and head of each block for batches of 1...`largestBatch`, as tables of exactly that many sizes,
  /// non-decreasing.
  public let profile: LatencyProfile
  /// How the engine's times scatter, block by block; nil where the table says nothing of it.
  public let dispersion: LatencyDispersion?
  /// The same with several instances at work, in the order of their number; empty where the table knows of one alone.
  public let concurrency: [Concurrency]
  /// At least 1.
  public let largestBatch: Int
  /// `ModelManifest.fingerprint` of the model it was measured on; nil where the table does not say.
  public var modelSHA256: String?

  public static let largestFile = 16 << 20
  public static let mostRows = 4096
  /// One block, one batch [s]; longer is a mistake in the unit.
  public static let longest = 3600.0

  /// Curves become non-decreasing tables of `largestBatch` sizes, which every curve must cover, and every median of the
  /// dispersion, which has as many blocks.
  public init(
    name: String, model: String, largestBatch: Int, profile: LatencyProfile, dispersion: LatencyDispersion? = nil,
    concurrency: [Concurrency] = [], modelSHA256: String? = nil
  ) {
    precondition(
      ([profile] + concurrency.map(\.profile)).allSatisfy { largestBatch <= $0.largestBatch ?? .max }
        && largestBatch >= 1, "the curves are shorter")
    precondition(dispersion == nil || dispersion?.blocks.count == profile.blocks.count, "one dispersion for each block")
    self.dispersion = dispersion
    self.modelSHA256 = modelSHA256
    self.name = name
    self.model = model
    self.largestBatch = largestBatch
    let alone = Self.tables(of: profile, upTo: largestBatch)
    self.profile = alone
    self.concurrency = Self.rising(concurrency, from: alone, upTo: largestBatch)
  }

  static func tables(of profile: LatencyProfile, upTo largestBatch: Int) -> LatencyProfile {
    LatencyProfile(
      blocks: profile.blocks.map {
        BlockProfile(
          latency: .table($0.latency.monotoneTable(upTo: largestBatch)),
          head: .table($0.head.monotoneTable(upTo: largestBatch)), accuracy: $0.accuracy)
      })
  }

  /// Reads a table's file: {"format": 1, "name", "model", "max_batch", "blocks": [{"latency_s": […]} or {"alpha_s",
  /// "beta_s"}, with "head_latency_s": […], "accuracy" and "dispersion" as one likes], "concurrency" and "model_sha256" as
  /// one likes}; other members are not looked at. O(size).
  ///
  /// Throws, with the place in the file, for what is missing, out of range, or shorter than `max_batch`.
  public init(file: String) throws(EngineError) {
    try self.init(JSONField(file: file, limit: Self.largestFile))
  }

  public init(_ root: JSONField) throws(EngineError) {
    try root.requireFormat(1)
    let largest = try root.member("max_batch").integer(in: 1...Self.mostRows)
    let blocksField = try root.member("blocks")
    var blocks: [BlockProfile] = []
    var dispersions: [LatencyDispersion.Block] = []
    for field in try blocksField.elements() {
      let block = try Self.block(field, largest: largest)
      blocks.append(block)
      let dispersion = try Self.dispersion(
        of: field, largest: largest, body: block.latency.monotoneTable(upTo: largest),
        head: block.head.monotoneTable(upTo: largest))
      if let dispersion { dispersions.append(dispersion) }
    }
    guard (1...ModelManifest.mostBlocks).contains(blocks.count) else {
      throw blocksField.failure("1 to \(ModelManifest.mostBlocks) blocks are expected, there are \(blocks.count)")
    }
    guard dispersions.isEmpty || dispersions.count == blocks.count else {
      throw blocksField.failure(
        "\(dispersions.count) of \(blocks.count) blocks have a \"dispersion\"", "give it for each block, or for none")
    }
    self.init(
      name: try root.member("name").string(), model: try root.member("model").string(), largestBatch: largest,
      profile: LatencyProfile(blocks: blocks),
      dispersion: dispersions.isEmpty ? nil : LatencyDispersion(blocks: dispersions),
      concurrency: try Self.concurrency(of: root, alone: LatencyProfile(blocks: blocks), largest: largest),
      modelSHA256: try root.optional("model_sha256").map { (field) throws(EngineError) in try ModelManifest.hash(field)
      })
  }

  static func block(_ field: JSONField, largest: Int) throws(EngineError) -> BlockProfile {
    BlockProfile(
      latency: try body(field, largest: largest),
      head: try field.optional("head_latency_s").map { (head) throws(EngineError) in try curve(head, largest: largest) }
        ?? .zero,
      accuracy: try field.optional("accuracy")?.number(in: 0...1))
  }

  private static func body(_ field: JSONField, largest: Int) throws(EngineError) -> LatencyCurve {
    if let measured = field.optional("latency_s") { return try curve(measured, largest: largest) }
    guard field.optional("alpha_s") != nil || field.optional("beta_s") != nil else {
      throw field.failure("\"latency_s\" is missing", "add it, or \"alpha_s\" and \"beta_s\"")
    }
    return .linear(
      alpha: try field.member("alpha_s").number(in: 0...longest),
      beta: try field.member("beta_s").number(in: 0...longest))
  }

  static func curve(_ field: JSONField, largest: Int) throws(EngineError) -> LatencyCurve {
    let values = try field.numbers(in: 0...longest)
    guard values.count >= largest else {
      throw field.failure("\(values.count) latencies do not cover max_batch, \(largest)", "add the missing ones")
    }
    return .table(values)
  }

  /// This table as its file holds it.
  public var json: JSON {
    var members = [JSON.Member("format", 1), JSON.Member("name", .string(name)), JSON.Member("model", .string(model))]
    if let modelSHA256 { members.append(JSON.Member("model_sha256", .string(modelSHA256))) }
    members.append(JSON.Member("max_batch", .integer(Int64(largestBatch))))
    let blocks = profile.blocks.enumerated().map { json(of: $1, dispersion: dispersion?.blocks[$0]) }
    members.append(JSON.Member("blocks", .array(blocks)))
    if !concurrency.isEmpty { members.append(JSON.Member("concurrency", .array(concurrency.map(json(of:))))) }
    return .object(members)
  }
  func json(of block: BlockProfile, dispersion: LatencyDispersion.Block? = nil) -> JSON {
    var members = [
      JSON.Member("latency_s", .array(block.latency.monotoneTable(upTo: largestBatch).map { .number($0) })),
      JSON.Member("head_latency_s", .array(block.head.monotoneTable(upTo: largestBatch).map { .number($0) })),
    ]
    if let accuracy = block.accuracy { members.append(JSON.Member("accuracy", .number(accuracy))) }
    if let dispersion { members.append(JSON.Member("dispersion", Self.json(dispersion))) }
    return .object(members)
  }
  /// Writes `json` to `file`, replacing it at once.
  public func write(to file: String) throws(EngineError) { try FileBytes.write(Array(json.pretty.utf8), to: file) }
}
