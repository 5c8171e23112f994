/// The fixed grid of frames that everything is planned on.
public struct FrameGrid: Hashable, Sendable {
  /// Length of a frame; positive.
  public var length: Duration
  /// How long before a frame's edge its allocation is asked for; positive, at most a frame.
  public var lead: Duration
  public init(length: Duration, lead: Duration) {
    self.length = length
    self.lead = lead
  }
  /// Where `frame` begins.
  public func start(of frame: FrameID) -> Instant { .start + length * frame.number }
  /// Where `frame` ends and the next begins.
  public func end(of frame: FrameID) -> Instant { .start + length * (frame.number + 1) }
  /// When the allocation of `frame` is asked for.
  public func allocation(of frame: FrameID) -> Instant { start(of: frame) - lead }
}
