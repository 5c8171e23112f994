import Wire
import ZeroMQ

/// Reads a message that has one part.
func decode<Decoded: WireMessage>(_ message: Message) throws(WireError) -> Decoded {
  try decode(message.parts)
}

func decode<Decoded: WireMessage>(_ parts: [Part]) throws(WireError) -> Decoded {
  guard parts.count == 1 else { throw .parts(parts.count) }
  return try parts[0].withUnsafeBytes { (bytes) throws(WireError) in try Decoded(decoding: bytes) }
}
