import Testing

/// Reads a structured array from a `.npy` file, as far as our tables go: independent of the code that writes it.
struct NumpyReader {
  var names: [String] = []
  /// Cells of each field as text.
  var cells: [[String]] = []

  init(_ bytes: [UInt8]) throws {
    var bytes = ByteCursor(bytes)
    try #require(bytes.take(6) == [0x93] + Array("NUMPY".utf8))
    let version = bytes.take(2)[0]
    let length = version == 1 ? Int(bytes.number(UInt16.self)) : Int(bytes.number(UInt32.self))
    let header = String(decoding: bytes.take(length), as: UTF8.self)
    try #require(header.hasSuffix("\n") && bytes.offset % 64 == 0)
    var types: [String] = []
    for match in header.matches(of: /\('((?:[^'\\]|\\.)*)', '([<|][Ufub]\d+)'\)/) {
      names.append(String(match.1).replacing(/\\(.)/) { $0.1 })
      types.append(String(match.2))
    }
    let rows = Int(try #require(header.firstMatch(of: /'shape': \((\d+),\)/)).1) ?? -1
    cells = types.map { _ in [] }
    for _ in 0..<rows { for (index, type) in types.enumerated() { cells[index].append(Self.cell(type, &bytes)) } }
    try #require(bytes.isAtEnd)
  }

  private static func cell(_ type: String, _ bytes: inout ByteCursor) -> String {
    switch type {
    case "<f8": return "\(Double(bitPattern: bytes.number(UInt64.self)))"
    case "<u8": return "\(bytes.number(UInt64.self))"
    case "|b1": return "\(bytes.take(1) == [1])"
    default:
      var text = String.UnicodeScalarView()
      for _ in 0..<(Int(type.dropFirst(2)) ?? 0) {
        if let scalar = Unicode.Scalar(bytes.number(UInt32.self)), scalar != "\0" { text.append(scalar) }
      }
      return String(text)
    }
  }
}

/// Reads the struct and the cell array of a MAT-file of level 5.
struct MatReader {
  var names: [String] = []
  var cells: [[String]] = []
  var columns: [String] = []

  init(_ bytes: [UInt8]) throws {
    var file = ByteCursor(bytes)
    try #require(file.take(128).suffix(4) == [0x00, 0x01, 0x49, 0x4D])
    let table = try Matrix(&file)
    let columns = try Matrix(&file)
    try #require(file.isAtEnd && table.name == "sweep" && columns.name == "columns" && table.kind == 2)
    (names, cells, self.columns) = (table.fields.map(\.name), table.fields.map(\.cells), columns.cells)
  }

  private struct Matrix {
    var name = ""
    var kind: UInt32 = 0
    var cells: [String] = []
    var fields: [(name: String, cells: [String])] = []

    init(_ bytes: inout ByteCursor) throws {
      let (type, data) = bytes.element()
      try #require(type == 14 && data.count % 8 == 0)
      var inner = ByteCursor(data)
      var flags = ByteCursor(inner.element().data)
      let word = flags.number(UInt32.self)
      kind = word & 0xFF
      var dimensions = ByteCursor(inner.element().data)
      let (rows, columns) = (Int(dimensions.number(UInt32.self)), Int(dimensions.number(UInt32.self)))
      name = String(decoding: inner.element().data, as: UTF8.self)
      switch kind {
      case 1: for _ in 0..<rows * columns { cells.append(try Matrix(&inner).cells[0]) }
      case 2:
        var length = ByteCursor(inner.element().data)
        let width = Int(length.number(UInt32.self))
        let names = inner.element().data
        for start in stride(from: 0, to: names.count, by: width) {
          let name = String(decoding: names[start..<start + width].prefix { $0 != 0 }, as: UTF8.self)
          fields.append((name, try Matrix(&inner).cells))
        }
      case 4:
        var data = ByteCursor(inner.element().data)
        cells = [String(decoding: (0..<rows * columns).map { _ in data.number(UInt16.self) }, as: UTF16.self)]
      default:
        var data = ByteCursor(inner.element().data)
        for _ in 0..<rows * columns {
          switch kind {
          case 6: cells.append("\(Double(bitPattern: data.number(UInt64.self)))")
          case 15: cells.append("\(data.number(UInt64.self))")
          default:
            try #require(kind == 9 && word & 0x0200 != 0)
            cells.append("\(data.take(1) == [1])")
          }
        }
        try #require(data.isAtEnd && columns == 1)
      }
      try #require(inner.isAtEnd)
    }
  }
}

/// Little-endian bytes from front to back; past the end it gives zeros, which no reader takes for what it wants.
struct ByteCursor {
  private let bytes: [UInt8]
  private(set) var offset = 0
  init(_ bytes: [UInt8]) { self.bytes = bytes }
  var isAtEnd: Bool { offset == bytes.count }

  mutating func take(_ count: Int) -> [UInt8] {
    defer { offset += count }
    guard offset + count <= bytes.count else { return [UInt8](repeating: 0, count: count) }
    return Array(bytes[offset..<offset + count])
  }
  mutating func number<Number: FixedWidthInteger>(_: Number.Type) -> Number {
    take(Number.bitWidth / 8).reversed().reduce(0) { $0 << 8 | Number($1) }
  }
  /// A MAT-file's element: its type, its data, and the padding behind it, which must be zeros.
  mutating func element() -> (type: UInt32, data: [UInt8]) {
    let word = number(UInt32.self)
    let isSmall = word >> 16 != 0
    let count = isSmall ? Int(word >> 16) : Int(number(UInt32.self))
    let data = take(count)
    let padding = take((8 - offset % 8) % 8)
    #expect(padding.allSatisfy { $0 == 0 })
    return (word & 0xFFFF, data)
  }
}
