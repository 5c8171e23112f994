/// What a user may set for policies with open plans; the defaults are those of Triton's dynamic batcher.
public struct BatchingOptions: Hashable, Sendable {
  /// Largest batch, at least 1; nil: as large as the worker takes.
  public var maxBatch: Int?
  /// How long the oldest feature may wait for a full batch; not negative.
  public var queueDelay: Duration
  /// Who waits longer is dropped, not negative; nil: nobody is.
  public var timeout: Duration?
  public init(maxBatch: Int? = nil, queueDelay: Duration = .zero, timeout: Duration? = nil) {
    self.maxBatch = maxBatch
    self.queueDelay = queueDelay
    self.timeout = timeout
  }
}
