/// How an engine on a device takes its calls: what measurements vary. Whoever serves leaves both as they are.
public struct DeviceCalls: Hashable, Sendable {
  /// Whether calls ask for their work and do not wait for it, but for those that bring values back. The times that such
  /// an engine reports are then not whole.
  public var onlyQueue: Bool
  /// Features go up in pieces of at least so many bytes, each as soon as it is complete; nil: the engine's own choice.
  public var uploadBytes: Int?
  public init(onlyQueue: Bool = false, uploadBytes: Int? = nil) {
    self.onlyQueue = onlyQueue
    self.uploadBytes = uploadBytes
  }
}
