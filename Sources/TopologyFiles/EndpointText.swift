/// The spelling of endpoints.
enum EndpointText {
  /// A socket file's path is at most this long, as the kernel has it [byte].
  static let longestSocketPath = 107

  /// What is wrong with `text` as an endpoint; nil where nothing is.
  static func complaint(about text: String) -> String? {
    if text.hasPrefix("ipc://") {
      let path = text.dropFirst(6).utf8
      return path.isEmpty || path.count > longestSocketPath
        ? "a path of 1 to \(longestSocketPath) bytes is missing" : nil
    }
    guard text.hasPrefix("tcp://") else { return "neither tcp:// nor ipc:// stands" }
    let rest = text.dropFirst(6)
    guard let colon = rest.lastIndex(of: ":") else { return "there is no port" }
    let address = rest[..<colon]
    let isBracketed = address.hasPrefix("[") && address.hasSuffix("]")
    let isPlain = address.utf8.allSatisfy { $0 > 0x20 && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ":") }
    guard !address.isEmpty, isPlain || isBracketed else { return "there is no address" }
    let digits = rest[rest.index(after: colon)...]
    guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(digits), (1...65535).contains(port)
    else { return "the port is not from 1 to 65535" }
    return nil
  }
}
