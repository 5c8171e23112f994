/// Why bytes are no message of their link.
public enum WireError: Error, Sendable, Hashable, CustomStringConvertible {
  case notOurs
  case version(UInt8)
  case unknownKind(UInt8)
  case truncated
  case trailingBytes(Int)
  case badValue(StaticText)
  case parts(Int)

  /// A fixed text, hashable.
  public struct StaticText: Sendable, Hashable, ExpressibleByStringLiteral {
    public var text: String
    public init(stringLiteral value: String) { text = value }
  }

  public var description: String {
    switch self {
    case .notOurs: "not a message of Offramp"
    case .version(let version):
      "wire version \(version), this node speaks \(Wire.version); run the same release everywhere"
    case .unknownKind(let kind): "message kind \(kind) does not exist on this link"
    case .truncated: "the message is truncated"
    case .trailingBytes(let count): "\(count) bytes too many"
    case .badValue(let what): "\(what.text) is out of range"
    case .parts(let count): "\(count) parts"
    }
  }
}

/// The wire format, of which Docs/Wire.md has the tables: little-endian, fixed layout, magic and version first.
public enum Wire {
  /// "OFRP" in memory order.
  public static let magic: UInt32 = 0x5052_464F
  public static let version: UInt8 = 4
  /// Magic, version, kind, two bytes of zero.
  public static let headerBytes = 8
  /// The longest text in a message [bytes of UTF-8].
  public static let longestText = 1024
}
