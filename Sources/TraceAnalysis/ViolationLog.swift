/// Violations as they are found: all of them counted, and of each kind the first kept.
struct ViolationLog: Sendable {
  /// In the order they were found.
  private(set) var kept: [Violation] = []
  private(set) var counts: [Violation.Kind: Int] = [:]
  /// Of each kind; those beyond are counted only.
  private let most: Int

  init(keeping most: Int) { self.most = most }

  mutating func add(_ kind: Violation.Kind, _ message: String) {
    counts[kind, default: 0] += 1
    if counts[kind, default: 0] <= most { kept.append(Violation(kind: kind, message: message)) }
  }
}
