import TraceLog
import ZeroMQ

/// Why a node could not run; one line: what, where, what to do.
public struct NodeFailure: Error, Sendable, CustomStringConvertible {
  public var description: String
  public init(_ description: String) { self.description = description }
  init(_ error: ZeroMQError) { description = error.description }
  init(_ error: TraceFile.Failure) { description = error.description }
}
