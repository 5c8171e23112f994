/// What a value may be, and how that is said.
struct Bounds<Value: Comparable & Sendable>: Sendable {
  var range: ClosedRange<Value>
  /// `1 kHz to 100 GHz`.
  var words: String
  init(_ range: ClosedRange<Value>, _ words: String) {
    self.range = range
    self.words = words
  }
}
