/// A table as NumPy's `.npy` file: a structured array of one row each, which `numpy.load` reads.
///
/// Format 1.0 (2.0 where the header is longer than 65,535 bytes), as NumPy's documentation of `numpy.lib.format` has it:
/// a magic number, the version, the header's length, a Python literal with the fields, then the rows. Numbers are
/// little-endian: text `<U`, numbers `<f8` (not a number where there is none), whole numbers `<u8`, flags `|b1`.
struct NumpyFile {
  let bytes: [UInt8]

  /// O(cells).
  init(_ table: SweepTable) {
    let fields = table.columns.map { Field($0) }
    var out = Self.header(fields, rows: table.rowCount)
    out.reserveCapacity(out.count + table.rowCount * fields.reduce(0) { $0 + $1.width })
    for row in 0..<table.rowCount { for field in fields { field.append(row, to: &out) } }
    bytes = out
  }

  private static func header(_ fields: [Field], rows: Int) -> [UInt8] {
    let types = fields.map { "(\($0.name), '\($0.type)')" }.joined(separator: ", ")
    let text = "{'descr': [\(types)], 'fortran_order': False, 'shape': (\(rows),), }"
    // The rows begin at a multiple of 64 bytes; the header ends in a newline.
    let isLong = text.utf8.count + 128 > 65_535
    let before = isLong ? 12 : 10
    let padding = (64 - (before + text.utf8.count + 1) % 64) % 64
    let body = Array(text.utf8) + [UInt8](repeating: 0x20, count: padding) + [0x0A]
    var out = [0x93] + Array("NUMPY".utf8) + [isLong ? 2 : 1, 0]
    if isLong { out.append(littleEndian: UInt32(body.count)) } else { out.append(littleEndian: UInt16(body.count)) }
    return out + body
  }

  private struct Field {
    /// As a Python literal.
    let name: String
    let type: String
    /// Bytes of a cell.
    let width: Int
    let cells: SweepTable.Cells

    init(_ column: SweepTable.Column) {
      name = "'" + column.name.map { $0 == "'" || $0 == "\\" ? "\\\($0)" : String($0) }.joined() + "'"
      cells = column.cells
      switch cells {
      case .text(let cells):
        // A type of no characters is none.
        let longest = max(1, cells.map(\.unicodeScalars.count).max() ?? 1)
        (type, width) = ("<U\(longest)", 4 * longest)
      case .numbers: (type, width) = ("<f8", 8)
      case .whole: (type, width) = ("<u8", 8)
      case .flags: (type, width) = ("|b1", 1)
      }
    }

    func append(_ row: Int, to out: inout [UInt8]) {
      switch cells {
      case .text(let cells):
        for scalar in cells[row].unicodeScalars { out.append(littleEndian: scalar.value) }
        out.append(contentsOf: repeatElement(0, count: width - 4 * cells[row].unicodeScalars.count))
      case .numbers(let cells): out.append(littleEndian: (cells[row] ?? .nan).bitPattern)
      case .whole(let cells): out.append(littleEndian: cells[row])
      case .flags(let cells): out.append(cells[row] ? 1 : 0)
      }
    }
  }
}

extension [UInt8] {
  mutating func append(littleEndian value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }
}
