/// Rows of text with aligned columns.
public struct TextTable {
  public var rows: [[String]]
  /// This many columns are aligned to the left, the others to the right.
  public var leftColumns = 1

  public init(rows: [[String]], leftColumns: Int = 1) {
    self.rows = rows
    self.leftColumns = leftColumns
  }

  public var lines: [String] {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
    return rows.map { row in
      var line = ""
      for (column, cell) in row.enumerated() {
        let space = String(repeating: " ", count: widths[column] - cell.count)
        if column > 0 { line += "  " }
        line += column < leftColumns ? cell + space : space + cell
      }
      while line.hasSuffix(" ") { line.removeLast() }
      return line
    }
  }
}
