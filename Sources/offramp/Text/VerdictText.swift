import TraceAnalysis

/// A verdict for people.
struct VerdictText {
  private let verdict: Verdict
  init(_ verdict: Verdict) { self.verdict = verdict }

  var text: String {
    var lines = [verdict.isValid ? "VALID" : "INVALID"]
    lines += verdict.reasons.map { "  \($0)" }
    lines += verdict.notes.map { "  note: \($0)" }
    return lines.joined(separator: "\n")
  }
}
