public import TraceLog

/// A worker's trace, and what the worker said it brings.
public struct WorkerTrace: Hashable, Sendable {
  /// Index in `Run.traces`.
  public var trace: Int
  public var capability: WorkerCapability
}
