/// Why a run ended before its time, or could not begin.
struct RunFailure: Error, Hashable {
  var what: String
  var place: String
  var remedy: String
  /// In a few words, for the run's description.
  var cause: String
  /// The one that asked the launcher to stop.
  var signal: Int32?

  init(_ what: String, at place: String, remedy: String, cause: String? = nil, signal: Int32? = nil) {
    self.what = what
    self.place = place
    self.remedy = remedy
    self.cause = cause ?? what
    self.signal = signal
  }
}
