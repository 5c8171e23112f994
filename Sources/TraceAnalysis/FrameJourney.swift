public import EdgeModel
public import TraceLog

/// One frame as the base station lived it.
public struct FrameJourney: Hashable, Sendable {
  public var frame: FrameID
  /// The planned edge; the stamp less it is the lateness.
  public var edge: Placed<Instant>?
  public var summary: Placed<FrameSummary>?

  init(_ frame: FrameID) { self.frame = frame }
}
