/// Why an engine, a model or a latency table cannot be used, as one line: what, where; what to do.
public struct EngineError: Error, Hashable, Sendable, CustomStringConvertible {
  public var what: String
  /// A file, a place in it, or a part of the model; empty where there is nothing to point at.
  public var place: String
  public var remedy: String
  public init(_ what: String, at place: String = "", remedy: String) {
    self.what = what
    self.place = place
    self.remedy = remedy
  }
  /// Control characters are blanked, so that text out of a damaged file stays on one line.
  public var description: String {
    let line = place.isEmpty ? "\(what); \(remedy)" : "\(what), \(place); \(remedy)"
    return String(String.UnicodeScalarView(line.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }))
  }
}
