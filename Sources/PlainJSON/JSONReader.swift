/// Reads one JSON text (RFC 8259) from UTF-8 bytes. Survives any bytes: every failure is a `JSONError`.
struct JSONReader {
  /// Deeper nesting is refused, so that hostile input cannot exhaust the stack.
  static let deepest = 64

  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func readDocument() throws(JSONError) -> JSON {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    skipSpace()
    let value = try readValue(depth: 0)
    skipSpace()
    guard position == bytes.count else { throw failure("there is text behind the JSON value; remove it") }
    return value
  }

  private mutating func readValue(depth: Int) throws(JSONError) -> JSON {
    guard depth < Self.deepest else { throw failure("nested deeper than \(Self.deepest) levels") }
    guard position < bytes.count else { throw failure("the text ends where a value is expected") }
    switch bytes[position] {
    case UInt8(ascii: "{"): return try readObject(depth: depth)
    case UInt8(ascii: "["): return try readArray(depth: depth)
    case UInt8(ascii: "\""): return .string(try readString())
    case UInt8(ascii: "t"): return try readWord("true", .bool(true))
    case UInt8(ascii: "f"): return try readWord("false", .bool(false))
    case UInt8(ascii: "n"): return try readWord("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try readNumber()
    default: throw failure("no JSON value begins here")
    }
  }

  private mutating func readObject(depth: Int) throws(JSONError) -> JSON {
    var members: [JSON.Member] = []
    position += 1
    skipSpace()
    if take("}") { return .object(members) }
    while true {
      skipSpace()
      guard peek == UInt8(ascii: "\"") else { throw failure("a member's name in double quotes is expected") }
      let name = try readString()
      skipSpace()
      guard take(":") else { throw failure("':' is expected after the name \"\(name)\"") }
      skipSpace()
      members.append(JSON.Member(name, try readValue(depth: depth + 1)))
      skipSpace()
      if take(",") { continue }
      guard take("}") else { throw failure("',' or '}' is expected in an object") }
      return .object(members)
    }
  }

  private mutating func readArray(depth: Int) throws(JSONError) -> JSON {
    var elements: [JSON] = []
    position += 1
    skipSpace()
    if take("]") { return .array(elements) }
    while true {
      skipSpace()
      elements.append(try readValue(depth: depth + 1))
      skipSpace()
      if take(",") { continue }
      guard take("]") else { throw failure("',' or ']' is expected in an array") }
      return .array(elements)
    }
  }

  private mutating func readString() throws(JSONError) -> String {
    position += 1
    var text: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        guard let string = String(validating: text, as: UTF8.self) else { throw failure("the string is not UTF-8") }
        return string
      case UInt8(ascii: "\\"):
        position += 1
        text.append(contentsOf: try readEscape())
      case 0..<0x20: throw failure("a control character stands in a string; write it as \\u00XX")
      default:
        text.append(byte)
        position += 1
      }
    }
    throw failure("the text ends inside a string")
  }

  private mutating func readEscape() throws(JSONError) -> [UInt8] {
    guard let byte = peek else { throw failure("the text ends inside a string") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"): return Array(String(try readUnicodeEscape()).utf8)
    default: throw failure("no such escape in a string")
    }
  }

  /// The four digits behind `\u`, and the second half of a surrogate pair where the first one asks for it.
  private mutating func readUnicodeEscape() throws(JSONError) -> Character {
    let first = try readFourHexDigits()
    if let scalar = Unicode.Scalar(first) { return Character(scalar) }
    guard (0xD800..<0xDC00).contains(first), take("\\"), take("u") else { throw failure("half a surrogate pair") }
    let second = try readFourHexDigits()
    guard (0xDC00..<0xE000).contains(second),
      let scalar = Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
    else { throw failure("half a surrogate pair") }
    return Character(scalar)
  }

  private mutating func readFourHexDigits() throws(JSONError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw failure("four hexadecimal digits are expected behind \\u")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }

  private mutating func readWord(_ word: StaticString, _ value: JSON) throws(JSONError) -> JSON {
    let matches = word.withUTF8Buffer { bytes[position...].starts(with: $0) }
    guard matches else { throw failure("no JSON value begins here") }
    position += word.utf8CodeUnitCount
    return value
  }

  private mutating func readNumber() throws(JSONError) -> JSON {
    let start = position
    _ = take("-")
    let leadingZero = peek == UInt8(ascii: "0")
    let whole = skipDigits()
    guard whole > 0, !(leadingZero && whole > 1) else { throw failure("malformed number") }
    var isWhole = true
    if take(".") {
      isWhole = false
      guard skipDigits() > 0 else { throw failure("a digit is expected behind '.'") }
    }
    if take("e") || take("E") {
      isWhole = false
      if !take("+") { _ = take("-") }
      guard skipDigits() > 0 else { throw failure("a digit is expected in the exponent") }
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isWhole, let integer = Int64(text) { return .integer(integer) }
    guard let number = Double(text), number.isFinite else { throw failure("the number \(text) is out of range") }
    return .number(number)
  }

  private mutating func skipDigits() -> Int {
    let start = position
    while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
    return position - start
  }

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard peek == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private func failure(_ message: String) -> JSONError {
    let (line, column) = place(of: position)
    return JSONError(message, line: line, column: column)
  }

  private func place(of offset: Int) -> (line: Int, column: Int) {
    let before = bytes[..<min(offset, bytes.count)]
    let line = before.count { $0 == 0x0A } + 1
    let column = before.count - (before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0) + 1
    return (line, column)
  }
}

extension JSON {
  /// Reads one JSON text; O(bytes). Throws with line and column for anything that is not exactly one value.
  public init(utf8 bytes: some Sequence<UInt8>) throws(JSONError) {
    var reader = JSONReader(Array(bytes))
    self = try reader.readDocument()
  }
  public init(_ text: String) throws(JSONError) { try self.init(utf8: text.utf8) }
}
