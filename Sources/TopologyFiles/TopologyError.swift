/// All that is wrong with a topology file.
public struct TopologyError: Error, Hashable, Sendable, CustomStringConvertible {
  /// In the order of the file; at least one.
  public var problems: [TopologyProblem]
  /// One line for each problem.
  public var description: String { problems.map(\.description).joined(separator: "\n") }
}
