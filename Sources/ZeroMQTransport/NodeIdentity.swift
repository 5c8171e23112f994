import TraceLog

/// Who a node process is, and where it leaves its trace.
public struct NodeIdentity: Hashable, Sendable {
  /// Unique in the run.
  public var name: String
  /// Directory for `NAME.jsonl`; nil: no trace.
  public var traceDirectory: String?
  /// SHA-256 of the topology file, hexadecimal; empty without one.
  public var topologySHA256: String
  public init(name: String, traceDirectory: String?, topologySHA256: String = "") {
    self.name = name
    self.traceDirectory = traceDirectory
    self.topologySHA256 = topologySHA256
  }
}
