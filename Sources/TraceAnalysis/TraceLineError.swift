/// What is wrong with one line of a trace.
public struct TraceLineError: Error, Hashable, Sendable, CustomStringConvertible {
  public var message: String
  /// The line is a header of another format: nothing behind it can be trusted.
  public var foreignFormat: Int?
  init(_ message: String, foreignFormat: Int? = nil) {
    self.message = message
    self.foreignFormat = foreignFormat
  }
  public var description: String { message }
}
