/// Rows of text under headings, in columns of a greatest width; longer cells go on over several lines.
struct Table {
  struct Column {
    var heading: String
    var width = 60
    var isNumber = false
  }
  var columns: [Column]
  var rows: [[String]] = []

  var text: String {
    let cells = ([columns.map(\.heading)] + rows).map { row in
      zip(row, columns).map { Self.wrap($0, to: $1.width) }
    }
    let widths = columns.indices.map { column in cells.flatMap { $0[column] }.map(\.count).max() ?? 0 }
    return cells.map { lines(of: $0, widths) }.joined(separator: "\n")
  }

  private func lines(of row: [[String]], _ widths: [Int]) -> String {
    (0..<(row.map(\.count).max() ?? 0)).map { index in
      var line = ""
      for (column, cell) in row.enumerated() {
        let text = index < cell.count ? cell[index] : ""
        let space = String(repeating: " ", count: widths[column] - text.count)
        if column > 0 { line += "  " }
        line += columns[column].isNumber ? space + text : text + space
      }
      while line.hasSuffix(" ") { line.removeLast() }
      return line
    }.joined(separator: "\n")
  }

  /// At least one line; a word longer than `width` keeps to itself.
  private static func wrap(_ text: String, to width: Int) -> [String] {
    var lines: [String] = []
    for word in text.split(separator: " ") {
      if let last = lines.last, last.count + 1 + word.count <= width {
        lines[lines.count - 1] += " " + word
      } else {
        lines.append(String(word))
      }
    }
    return lines.isEmpty ? [""] : lines
  }
}
