/// What is wrong with an instance, or with an answer to one, where, and what to do about it; its description is one line.
public struct InstanceError: Error, Hashable, Sendable, CustomStringConvertible {
  public var message: String
  /// A path (`tasks[3].deadline_s`), or line and column where the text is not JSON; empty for the instance as a whole.
  public var place: String
  public var remedy: String
  public init(_ message: String, at place: String, remedy: String) {
    self.message = message
    self.place = place
    self.remedy = remedy
  }
  public var description: String { "\(message)\(place.isEmpty ? "" : ", \(place)"); \(remedy)" }
}
