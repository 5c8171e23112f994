/// What a run may at most miss and still be called VALID (Docs/Traces.md). A topology may tighten these; a looser one is
/// printed beside the verdict.
public struct ValidityLimits: Hashable, Sendable {
  /// p99 of how late the base station's frame edges fired.
  public var frameEdgeLateness: Duration
  /// p99 of |upload end − planned upload end|.
  public var uploadError: Duration
  /// Hard bound on any node's clock against the base station's.
  public var clockBound: Duration
  /// Share of frames that the fallback decided, in 0...1.
  public var fallbackShare: Double
  public init(
    frameEdgeLateness: Duration = .milliseconds(5), uploadError: Duration = .milliseconds(5),
    clockBound: Duration = .milliseconds(1), fallbackShare: Double = 0.01
  ) {
    self.frameEdgeLateness = frameEdgeLateness
    self.uploadError = uploadError
    self.clockBound = clockBound
    self.fallbackShare = fallbackShare
  }
  public static let standard = ValidityLimits()
}
