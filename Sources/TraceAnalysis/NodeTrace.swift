import EdgeModel
public import TraceLog

/// One trace file, read.
public struct NodeTrace: Hashable, Sendable {
  /// A line that is no record.
  public struct BadLine: Hashable, Sendable {
    /// From 1.
    public var line: Int
    public var message: String
    public init(line: Int, message: String) {
      self.line = line
      self.message = message
    }
  }
  /// The file's name, for messages.
  public var file: String
  public var node: String
  /// 1, or how often the node had been started when it wrote this file (`NODE.2.jsonl`).
  public var part: Int
  /// nil where the first record is none.
  public var header: TraceHeader?
  /// All records in the file's order, header and footer included.
  public var records: [StampedRecord]
  /// The last line is cut: the node was killed while it wrote.
  public var isTorn: Bool
  /// Every other line that could not be read.
  public var badLines: [BadLine]
  /// How this node's run clock is brought to the base station's.
  public var clock: ClockFit

  public init(
    file: String, node: String, part: Int = 1, header: TraceHeader? = nil, records: [StampedRecord],
    isTorn: Bool = false, badLines: [BadLine] = [], clock: ClockFit = .identity
  ) {
    self.file = file
    self.node = node
    self.part = part
    self.header = header
    self.records = records
    self.isTorn = isTorn
    self.badLines = badLines
    self.clock = clock
  }

  /// A trace as its node would have written it, from memory: for simulation without files. The header must be among
  /// `records`.
  public init(node: String, part: Int = 1, records: [StampedRecord]) {
    self.init(file: Self.file(of: node, part: part), node: node, part: part, records: records)
    if case .traceOpened(let header)? = records.first?.record { self.header = header }
  }

  /// `NODE.jsonl`, and `NODE.2.jsonl` after a restart.
  public static func file(of node: String, part: Int) -> String {
    part == 1 ? "\(node).jsonl" : "\(node).\(part).jsonl"
  }

  /// The count in the footer; nil where the node was killed before it could write one.
  public var footer: Int? {
    if case .traceClosed(let count)? = records.last?.record { count } else { nil }
  }
  /// The node ended in an orderly way.
  public var isOrderly: Bool { footer != nil && !isTorn }
  public var role: TraceHeader.Role? { header?.role }
  /// The instant at which the host's CLOCK_MONOTONIC was the run's start [ns].
  var runStart: Int64? {
    for stamped in records {
      if case .runStarted(let monotonic) = stamped.record { return monotonic }
    }
    return nil
  }
}
