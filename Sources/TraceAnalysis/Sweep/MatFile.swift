/// A table as a MAT-file of level 5, uncompressed, which MATLAB, Octave and `scipy.io.loadmat` read.
///
/// It holds a struct `sweep` with a field for each column (`struct2table(sweep)` makes MATLAB's table of it), and a cell
/// array `columns` with their names in the CSV file. Text is a cell array of char, numbers are double columns (not a
/// number where there is none), seeds uint64, flags logical. After MathWorks' "MAT-File Level 5 File Format".
struct MatFile {
  let bytes: [UInt8]

  /// Longest name of a field, the zero at its end counted.
  static let nameLength = 64

  /// O(cells).
  init(_ table: SweepTable) {
    let names = Self.fieldNames(table.columns.map(\.name))
    var out = Self.header
    Self.append(Self.structure("sweep", names, table.columns.map { Self.matrix($0.cells) }), to: &out)
    Self.append(Self.cells("columns", table.columns.map(\.name)), to: &out)
    bytes = out
  }

  /// Names that MATLAB takes: letters, digits and underscores, a letter first, at most 63, each once.
  static func fieldNames(_ columns: [String]) -> [String] {
    var known: Set<String> = []
    return columns.map { column in
      var name = ""
      for byte in column.utf8 {
        let scalar = Unicode.Scalar(byte)
        let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
        if isPlain { name.unicodeScalars.append(scalar) } else if name.last != "_" { name.append("_") }
      }
      while name.last == "_" { name.removeLast() }
      if !(name.unicodeScalars.first?.properties.isAlphabetic ?? false) { name = "c" + name }
      name = String(name.prefix(nameLength - 1))
      var unique = name
      var number = 2
      while !known.insert(unique).inserted {
        let suffix = "_\(number)"
        unique = name.prefix(nameLength - 1 - suffix.count) + suffix
        number += 1
      }
      return unique
    }
  }

  // MARK: The file

  /// Text of 116 bytes, no subsystem data, version 1.0, and the mark of the byte order. No date: equal tables are equal
  /// files.
  private static var header: [UInt8] {
    let text = Array("MATLAB 5.0 MAT-file, written by Offramp".utf8)
    return text + [UInt8](repeating: 0x20, count: 116 - text.count) + [UInt8](repeating: 0, count: 8) + [0x00, 0x01]
      + Array("IM".utf8)
  }

  private enum DataType: UInt32 {
    case int8 = 1
    case uint8 = 2
    case uint16 = 4
    case int32 = 5
    case uint32 = 6
    case double = 9
    case uint64 = 13
    case matrix = 14
  }
  private enum Class: UInt32 {
    case cell = 1
    case structure = 2
    case char = 4
    case double = 6
    case uint8 = 9
    case uint64 = 15
  }

  /// A tag, the data, and zeros to a multiple of 8 bytes; up to 4 bytes share the tag's 8.
  private static func element(_ type: DataType, _ data: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    if (1...4).contains(data.count) {
      out.append(littleEndian: UInt32(data.count) << 16 | type.rawValue)
    } else {
      out.append(littleEndian: type.rawValue)
      out.append(littleEndian: UInt32(data.count))
    }
    out += data
    return out + [UInt8](repeating: 0, count: (8 - out.count % 8) % 8)
  }

  private static func append(_ matrix: [UInt8], to out: inout [UInt8]) {
    out.append(littleEndian: DataType.matrix.rawValue)
    out.append(littleEndian: UInt32(matrix.count))
    out += matrix
  }

  /// Flags, dimensions and name: how every matrix begins.
  private static func opening(_ kind: Class, isLogical: Bool = false, _ rows: Int, _ columns: Int, name: String = "")
    -> [UInt8]
  {
    var flags: [UInt8] = []
    flags.append(littleEndian: kind.rawValue | (isLogical ? 0x0200 : 0))
    flags.append(littleEndian: UInt32(0))
    var dimensions: [UInt8] = []
    for count in [rows, columns] { dimensions.append(littleEndian: Int32(clamping: count)) }
    return element(.uint32, flags) + element(.int32, dimensions) + element(.int8, Array(name.utf8))
  }

  // MARK: Matrices

  private static func matrix(_ cells: SweepTable.Cells) -> [UInt8] {
    var data: [UInt8] = []
    switch cells {
    case .text(let cells): return Self.cells("", cells)
    case .numbers(let cells):
      for cell in cells { data.append(littleEndian: (cell ?? .nan).bitPattern) }
      return opening(.double, cells.count, 1) + element(.double, data)
    case .whole(let cells):
      for cell in cells { data.append(littleEndian: cell) }
      return opening(.uint64, cells.count, 1) + element(.uint64, data)
    case .flags(let cells):
      return opening(.uint8, isLogical: true, cells.count, 1) + element(.uint8, cells.map { $0 ? 1 : 0 })
    }
  }

  /// A column of char rows.
  private static func cells(_ name: String, _ texts: [String]) -> [UInt8] {
    var out = opening(.cell, texts.count, 1, name: name)
    for text in texts {
      var data: [UInt8] = []
      for unit in text.utf16 { data.append(littleEndian: unit) }
      append(opening(.char, data.isEmpty ? 0 : 1, text.utf16.count) + element(.uint16, data), to: &out)
    }
    return out
  }

  private static func structure(_ name: String, _ fields: [String], _ matrices: [[UInt8]]) -> [UInt8] {
    var length: [UInt8] = []
    length.append(littleEndian: Int32(nameLength))
    let names = fields.flatMap { Array($0.utf8) + [UInt8](repeating: 0, count: nameLength - $0.utf8.count) }
    var out = opening(.structure, 1, 1, name: name) + element(.int32, length) + element(.int8, names)
    for matrix in matrices { append(matrix, to: &out) }
    return out
  }
}
