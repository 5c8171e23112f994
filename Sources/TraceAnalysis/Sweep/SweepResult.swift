public import PlainJSON

/// One finished point of a sweep: `results/KEY.json`.
public struct SweepResult: Hashable, Sendable {
  public static let format = 1

  /// Identifies topology, policy, seed, mode and version.
  public var key: String
  /// `simulated` or `live`.
  public var mode: String
  public var policy: String
  public var seed: UInt64
  /// Each axis and its value as written.
  public var parameters: [JSON.Member]
  /// SHA-256 of the point's topology.
  public var topologySHA256: String
  public var version: String
  public var isValid: Bool
  /// Why it is INVALID.
  public var reasons: [String]
  /// Wall time [s].
  public var took: Double
  /// The content of `summary.json`.
  public var summary: JSON

  public init(
    key: String, mode: String, policy: String, seed: UInt64, parameters: [JSON.Member], topologySHA256: String,
    version: String, isValid: Bool, reasons: [String], took: Double, summary: JSON
  ) {
    self.key = key
    self.mode = mode
    self.policy = policy
    self.seed = seed
    self.parameters = parameters
    self.topologySHA256 = topologySHA256
    self.version = version
    self.isValid = isValid
    self.reasons = reasons
    self.took = took
    self.summary = summary
  }

  public var json: JSON {
    .object([
      .init("format", .integer(Int64(Self.format))), .init("key", .string(key)), .init("mode", .string(mode)),
      .init("policy", .string(policy)),
      .init("seed", Int64(exactly: seed).map { .integer($0) } ?? .string(String(seed))),
      .init("parameters", .object(parameters)), .init("topology_sha256", .string(topologySHA256)),
      .init("version", .string(version)), .init("valid", .bool(isValid)),
      .init("reasons", .array(reasons.map { .string($0) })), .init("took_s", .number(took)), .init("summary", summary),
    ])
  }

  /// nil where `json` is no result of this format, or one of another key.
  public init?(_ json: JSON, key: String) {
    guard json["format"]?.integer == Self.format, json["key"]?.string == key, let mode = json["mode"]?.string,
      let policy = json["policy"]?.string, let seed = json["seed"].flatMap(Self.seed),
      let parameters = json["parameters"]?.members, let sha256 = json["topology_sha256"]?.string,
      let version = json["version"]?.string, let isValid = json["valid"]?.bool, let reasons = json["reasons"]?.array,
      let took = json["took_s"]?.double, let summary = json["summary"], summary.members != nil
    else { return nil }
    self.init(
      key: key, mode: mode, policy: policy, seed: seed, parameters: parameters, topologySHA256: sha256,
      version: version, isValid: isValid, reasons: reasons.compactMap(\.string), took: took, summary: summary)
  }
  private static func seed(_ json: JSON) -> UInt64? {
    json.string.flatMap { UInt64($0) } ?? json.integer.flatMap { UInt64(exactly: $0) }
  }
}
