/// Gathers what is wrong, so that a file's mistakes are shown all at once.
///
/// A class because the readers of all sections share it; it lives as long as one reading.
final class ProblemCollector {
  /// More would bury the first; a file this wrong is read again anyway.
  static let bound = 20

  private let file: String
  private var problems: [TopologyProblem] = []

  init(file: String) { self.file = file }

  var isEmpty: Bool { problems.isEmpty }

  func report(_ what: String, at place: Place? = nil, remedy: String) {
    add(TopologyProblem(what: what, file: file, line: place?.line, column: place?.column, remedy: remedy))
  }
  /// For a mistake in a file that the topology names.
  func report(_ what: String, in other: String, at place: Place? = nil, remedy: String) {
    add(TopologyProblem(what: what, file: other, line: place?.line, column: place?.column, remedy: remedy))
  }
  private func add(_ problem: TopologyProblem) {
    // Several devices may share a table or an anchor: one mistake, one line.
    if problems.count < Self.bound, !problems.contains(problem) { problems.append(problem) }
  }

  /// What was found, in the order of the lines.
  var error: TopologyError {
    let sorted = problems.enumerated().sorted { left, right in
      (left.element.line ?? 0, left.element.column ?? 0, left.offset)
        < (right.element.line ?? 0, right.element.column ?? 0, right.offset)
    }
    return TopologyError(problems: sorted.map(\.element))
  }
}

/// A place in a text file, counted from 1.
struct Place: Hashable {
  var line: Int
  var column: Int
}
