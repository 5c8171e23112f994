import TopologyFiles
import TraceAnalysis

/// What became of a sweep's points so far.
struct SweepTally {
  struct Case {
    var point: String
    var line: String
  }
  /// Points of this process.
  let total: Int
  private(set) var failed = 0
  private(set) var firstFailure: Case?
  private(set) var ran = 0
  /// By index of the point: whether it is valid, and why not.
  private var known: [Int: String?] = [:]
  private var shared = 0
  private var names: [Int: String] = [:]

  init(total: Int) { self.total = total }

  var done: Int { min(total, known.count + shared) }
  var invalid: Int { names.count }
  /// Of the lowest index, whichever came first.
  var firstInvalid: Case? {
    names.min { $0.key < $1.key }.map { Case(point: $0.value, line: (known[$0.key] ?? nil) ?? "") }
  }

  /// A result that was there, or is now.
  mutating func know(_ result: SweepResult, of point: SweepPoint) {
    known[point.index] = .some(result.isValid ? nil : result.reasons.first ?? "no reason is given")
    names[point.index] = result.isValid ? nil : point.name
  }
  mutating func take(_ result: SweepResult, of point: SweepPoint) {
    ran += 1
    know(result, of: point)
  }
  mutating func fail(_ line: String, of point: SweepPoint) {
    failed += 1
    if firstFailure == nil { firstFailure = Case(point: point.name, line: line) }
  }
  /// A point whose result another point's run gives.
  mutating func share() { shared += 1 }

  /// `24 points: 23 valid, 1 INVALID, 0 missing; 12 of them run now`.
  var counts: String {
    let missing = total - done
    return "\(total) \(total == 1 ? "point" : "points"): \(done - invalid) valid, \(invalid) INVALID"
      + (missing > 0 ? ", \(missing) missing" : "") + "; \(ran) run now"
  }
}
