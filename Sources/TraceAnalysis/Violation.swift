/// Something in a run's traces that an invariant forbids.
public struct Violation: Hashable, Sendable, CustomStringConvertible {
  /// What is violated; the number is the invariant's in the contract.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// 1: each task ends once, and nothing else ends.
    case tasks
    /// 1: outcomes are what they say.
    case outcomes
    /// 2: bandwidth granted at any instant is at most the cell's.
    case bandwidth
    /// 2: no byte is sent before its time.
    case pacing
    /// 3: one block at a time on an engine instance.
    case overlap
    /// 3: batch sizes change only by entries and exits.
    case sizes
    /// 3: a task leaves at or before its planned exit, accurate enough.
    case exits
    /// 3: a batch that its worker formed keeps the rule that the base station gave.
    case forming
    /// 4: nothing comes before its cause.
    case order
    /// 5: sequence numbers have no gaps, footers count right, every line is a record.
    case sequence

    public var invariant: Int {
      switch self {
      case .tasks, .outcomes: 1
      case .bandwidth, .pacing: 2
      case .overlap, .sizes, .exits, .forming: 3
      case .order: 4
      case .sequence: 5
      }
    }
  }
  public var kind: Kind
  /// One line with node, task and record.
  public var message: String
  public var description: String { "invariant \(kind.invariant), \(kind.rawValue): \(message)" }
}
