/// Memory that holds feature bytes: a device's tensor, a received part. Read-only while shared.
public protocol FeatureStorage: AnyObject, Sendable {
  var byteCount: Int { get }
  func withFeatureBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result
}

/// A run of feature bytes without copying them; in simulation there are none and only the count is real.
public struct FeaturePayload: Sendable {
  public var storage: (any FeatureStorage)?
  /// The payload's first byte within `storage`.
  public var offset: Int
  public var count: Int
  public init(storage: (any FeatureStorage)?, offset: Int, count: Int) {
    self.storage = storage
    self.offset = offset
    self.count = count
  }
}

/// A whole feature in memory of its own, 64-byte aligned so that engines may read it in place.
///
/// Written by one owner, then shared read-only; that hand-over is what makes the unchecked `Sendable` true.
public final class FeatureBuffer: FeatureStorage, @unchecked Sendable {
  public let byteCount: Int
  @usableFromInline let base: UnsafeMutableRawPointer

  /// `byteCount` zero bytes.
  public init(byteCount: Int) {
    self.byteCount = byteCount
    base = .allocate(byteCount: max(byteCount, 1), alignment: 64)
    base.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
  }
  /// `byteCount` bytes of anything, for who writes them all before they are read.
  public init(uninitialized byteCount: Int) {
    self.byteCount = byteCount
    base = .allocate(byteCount: max(byteCount, 1), alignment: 64)
  }
  deinit { base.deallocate() }

  @inlinable public func withFeatureBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    body(UnsafeRawBufferPointer(start: base, count: byteCount))
  }
  /// The owner's way to fill it, before it is shared.
  public func withMutableBytes<Result>(_ body: (UnsafeMutableRawBufferPointer) -> Result) -> Result {
    body(UnsafeMutableRawBufferPointer(start: base, count: byteCount))
  }
  /// Copies `payload` to `offset`; false, and nothing written, where it does not fit or has no bytes.
  public func write(_ payload: FeaturePayload, at offset: Int) -> Bool {
    guard let storage = payload.storage, offset >= 0, payload.count <= byteCount - offset else { return false }
    return storage.withFeatureBytes { source in
      guard payload.offset >= 0, payload.count <= source.count - payload.offset else { return false }
      let slice = UnsafeRawBufferPointer(rebasing: source[payload.offset..<payload.offset + payload.count])
      UnsafeMutableRawBufferPointer(start: base + offset, count: payload.count).copyMemory(from: slice)
      return true
    }
  }
}
