import PlainJSON

/// A sweep's results as one tidy table: a row for each point and mode that has a result.
///
/// The same results give the same table, byte for byte: how long a run took is not in it.
public struct SweepTable: Hashable, Sendable {
  public struct Row: Hashable, Sendable {
    /// Values of the axes as written, in their order.
    public var values: [String]
    public var result: SweepResult
    public init(values: [String], result: SweepResult) {
      self.values = values
      self.result = result
    }
  }
  public struct Column: Hashable, Sendable {
    public var name: String
    public var cells: Cells
    public var count: Int {
      switch cells {
      case .text(let cells): cells.count
      case .numbers(let cells): cells.count
      case .whole(let cells): cells.count
      case .flags(let cells): cells.count
      }
    }
  }
  public enum Cells: Hashable, Sendable {
    case text([String])
    /// nil where there is no number, such as the latency of a run that completed nothing.
    case numbers([Double?])
    case whole([UInt64])
    case flags([Bool])
  }

  /// All of one length.
  public private(set) var columns: [Column]
  public let rowCount: Int

  /// Rows in the order given. `axes` are their names, as many as each row has values. O(rows · columns).
  public init(axes: [String], rows: [Row]) {
    rowCount = rows.count
    columns = [
      Column(name: "key", cells: .text(rows.map(\.result.key))),
      Column(name: "mode", cells: .text(rows.map(\.result.mode))),
      Column(name: "policy", cells: .text(rows.map(\.result.policy))),
      Column(name: "seed", cells: .whole(rows.map(\.result.seed))),
    ]
    for (index, axis) in axes.enumerated() { columns += Self.columns(of: axis, rows.map { $0.values[index] }) }
    columns.append(Column(name: "valid", cells: .flags(rows.map(\.result.isValid))))
    columns += Self.figures(rows.map(\.result.summary))
    columns.append(Column(name: "reasons", cells: .text(rows.map { $0.result.reasons.joined(separator: "; ") })))
  }

  /// Plain numbers are one column. Amounts are their text, and their number behind it, `NAME [Hz]`.
  private static func columns(of axis: String, _ texts: [String]) -> [Column] {
    let text = Column(name: axis, cells: .text(texts))
    guard let numbers = AxisNumbers(texts) else { return [text] }
    guard let unit = numbers.unit else { return [Column(name: axis, cells: .numbers(numbers.values))] }
    return [text, Column(name: "\(axis) [\(unit)]", cells: .numbers(numbers.values))]
  }

  /// Columns of the summary, and where in `summary.json` each stands.
  private static let paths: [(column: String, path: [String])] = [
    ("generated", ["tasks", "generated"]), ("completed", ["tasks", "completed"]), ("late", ["tasks", "late"]),
    ("refused", ["tasks", "refused"]), ("expired", ["tasks", "expired"]), ("lost", ["tasks", "lost"]),
    ("throughput_per_s", ["throughput_per_s"]), ("deadline_met", ["deadline_met"]), ("accuracy", ["accuracy"]),
    ("latency_p50_ms", ["latency_ms", "p50"]), ("latency_p90_ms", ["latency_ms", "p90"]),
    ("latency_p99_ms", ["latency_ms", "p99"]), ("latency_max_ms", ["latency_ms", "max"]),
    ("mean_batch", ["mean_batch"]), ("device_energy_j", ["device_energy_j"]), ("fairness_jain", ["fairness_jain"]),
    ("uplink_error_p50_ms", ["uplink_error_ms", "p50"]), ("uplink_error_p99_ms", ["uplink_error_ms", "p99"]),
    ("solve_p50_us", ["solve_us", "p50"]), ("solve_p99_us", ["solve_us", "p99"]),
  ]

  private static func figures(_ summaries: [JSON]) -> [Column] {
    let shares = summaries.map { $0["exit_share"]?.array ?? [] }
    let exits = shares.map(\.count).max() ?? 0
    return paths.map { column, path in
      Column(name: column, cells: .numbers(summaries.map { summary in number(at: path, in: summary) }))
    }
      + (0..<exits).map { exit in
        Column(name: "exit_share_\(exit + 1)", cells: .numbers(shares.map { exit < $0.count ? $0[exit].double : nil }))
      }
  }
  private static func number(at path: [String], in summary: JSON) -> Double? {
    path.reduce(Optional(summary)) { $0?[$1] }?.double
  }

  /// `sweep.csv` (RFC 4180): a header, then a line for each row; empty where there is no number. O(cells).
  public var csv: [UInt8] {
    var csv = CSVWriter()
    for column in columns { csv.field(column.name) }
    csv.endRow()
    for row in 0..<rowCount {
      for column in columns {
        switch column.cells {
        case .text(let cells): csv.field(cells[row])
        case .whole(let cells): csv.field(String(cells[row]))
        case .flags(let cells): csv.field(cells[row] ? "true" : "false")
        // Counts are whole, and look it.
        case .numbers(let cells): csv.field(cells[row].map(Self.text) ?? "")
        }
      }
      csv.endRow()
    }
    return csv.bytes
  }
  private static func text(_ number: Double) -> String {
    guard number.isFinite else { return "" }
    return Int(exactly: number).map(String.init) ?? "\(number)"
  }
}
