import EdgeModel
import ZeroMQ

/// A received part as feature bytes: held, not copied.
final class ReceivedFeature: FeatureStorage {
  private let part: Part
  init(_ part: Part) { self.part = part }
  var byteCount: Int { part.count }
  func withFeatureBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    part.withUnsafeBytes(body)
  }
}

extension FeaturePayload {
  /// These bytes as a part that shares their memory; in simulation there are none.
  var part: Part? {
    guard let storage else { return nil }
    return storage.withFeatureBytes { bytes in
      // The storage's bytes live as long as the storage, which the part keeps.
      SharedFeature(storage).part(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count]))
    }
  }
}

/// Keeps a feature's memory alive while libzmq sends from it.
private final class SharedFeature: Sendable {
  private let storage: any FeatureStorage
  init(_ storage: any FeatureStorage) { self.storage = storage }
  func part(_ bytes: UnsafeRawBufferPointer) -> Part { Part(sharing: self, bytes: bytes) }
}
