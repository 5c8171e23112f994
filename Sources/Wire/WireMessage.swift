/// A message of one link, in one part of bytes.
public protocol WireMessage: Sendable {
  /// Its bytes, header included.
  var encoded: [UInt8] { get }
  /// Exactly one message, or a `WireError`; survives any bytes.
  init(decoding bytes: UnsafeRawBufferPointer) throws(WireError)
}

extension WireMessage {
  public init(decoding bytes: [UInt8]) throws(WireError) {
    let result: Result<Self, WireError> = bytes.withUnsafeBytes { raw in
      do throws(WireError) { return .success(try Self(decoding: raw)) } catch { return .failure(error) }
    }
    self = try result.get()
  }
}
