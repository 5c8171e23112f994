import TraceAnalysis

/// The results that a sweep's directory held when it was looked at.
struct SweepResults {
  private let directory: SweepDirectory
  private let keys: Set<String>

  init(_ directory: SweepDirectory) throws(RunError) {
    self.directory = directory
    keys = try directory.keys()
  }

  /// nil where there is no file for `key`.
  func find(_ key: String) -> SweepDirectory.Found? { keys.contains(key) ? directory.read(key) : nil }

  /// In a word.
  func state(of key: String) -> String {
    switch find(key) {
    case .result(let result)?: result.isValid ? "VALID" : "INVALID"
    case .damaged?: "damaged"
    case nil: "missing"
    }
  }
}
