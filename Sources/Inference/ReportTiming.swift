public import EdgeModel

/// By when what an engine reports is to be seen, and when it reports again by itself.
public struct ReportTiming: Hashable, Sendable {
  /// The loop is to look by then; `.distantFuture` where nobody waits for it.
  public var due: Instant
  /// `.distantFuture` where nobody knows.
  public var next: Instant
  public init(due: Instant, next: Instant) {
    self.due = due
    self.next = next
  }
  /// Somebody waits for it, and nothing else is known to follow.
  public static let atOnce = ReportTiming(due: Instant(nanoseconds: .min), next: .distantFuture)
}
