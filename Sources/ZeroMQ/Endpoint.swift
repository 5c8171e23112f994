/// What we have to know of an endpoint beyond what libzmq checks.
struct Endpoint {
  let text: String

  init(_ text: String) { self.text = text }

  /// libzmq takes a port's number modulo 65,536, so that 70000 would listen on 4464.
  var hasImpossiblePort: Bool {
    guard text.hasPrefix("tcp://"), let colon = text.lastIndex(of: ":") else { return false }
    let port = text[text.index(after: colon)...]
    return port != "*" && UInt16(port) == nil
  }

  /// The file of an `ipc://` endpoint; nil for other transports and for names that are no files.
  var socketFile: String? {
    guard text.hasPrefix("ipc://") else { return nil }
    let path = text.dropFirst("ipc://".count)
    return path.hasPrefix("@") || path == "*" ? nil : String(path)
  }
}
