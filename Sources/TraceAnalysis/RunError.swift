/// Why a run cannot be read or written: one line that says what, where, and what to do.
public struct RunError: Error, Hashable, Sendable, CustomStringConvertible {
  public var what: String
  /// A file or directory, with a line where there is one.
  public var place: String
  public var remedy: String
  public init(_ what: String, at place: String, remedy: String) {
    self.what = what
    self.place = place
    self.remedy = remedy
  }
  public var description: String { "\(what), \(place); \(remedy)" }
}
