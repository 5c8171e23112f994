extension JSON {
  /// This value as one line of JSON, without spaces. Numbers that JSON cannot hold (infinite, NaN) become null.
  public var line: String { String(decoding: utf8Line, as: UTF8.self) }

  public var utf8Line: [UInt8] {
    var out: [UInt8] = []
    write(to: &out, indent: nil)
    return out
  }

  /// This value over several lines, two spaces a level; arrays of plain values stay on one line. Ends in a newline.
  public var pretty: String {
    var out: [UInt8] = []
    write(to: &out, indent: 0)
    out.append(0x0A)
    return String(decoding: out, as: UTF8.self)
  }

  private func write(to out: inout [UInt8], indent: Int?) {
    switch self {
    case .null: out.append(contentsOf: "null".utf8)
    case .bool(let value): out.append(contentsOf: (value ? "true" : "false").utf8)
    case .integer(let value): out.append(contentsOf: String(value).utf8)
    case .number(let value): out.append(contentsOf: (value.isFinite ? "\(value)" : "null").utf8)
    case .string(let value): JSON.quote(value, to: &out)
    case .array(let elements):
      let inner = elements.contains { $0.array != nil || $0.members != nil } ? indent : nil
      JSON.writeList(elements, "[", "]", to: &out, indent: inner, spaced: indent != nil) { element, out in
        element.write(to: &out, indent: inner.map { $0 + 1 })
      }
    case .object(let members):
      JSON.writeList(members, "{", "}", to: &out, indent: indent, spaced: false) { member, out in
        JSON.quote(member.name, to: &out)
        out.append(contentsOf: (indent == nil ? ":" : ": ").utf8)
        member.value.write(to: &out, indent: indent.map { $0 + 1 })
      }
    }
  }

  private static func writeList<Element>(
    _ elements: [Element], _ open: String, _ close: String, to out: inout [UInt8], indent: Int?, spaced: Bool,
    _ writeElement: (Element, inout [UInt8]) -> Void
  ) {
    out.append(contentsOf: open.utf8)
    for (index, element) in elements.enumerated() {
      if index > 0 { out.append(contentsOf: (spaced && indent == nil ? ", " : ",").utf8) }
      breakLine(indent.map { $0 + 1 }, to: &out)
      writeElement(element, &out)
    }
    if !elements.isEmpty { breakLine(indent, to: &out) }
    out.append(contentsOf: close.utf8)
  }

  private static func breakLine(_ indent: Int?, to out: inout [UInt8]) {
    guard let indent else { return }
    out.append(0x0A)
    out.append(contentsOf: repeatElement(0x20, count: 2 * indent))
  }

  /// Appends `text` in double quotes, escaped as RFC 8259 asks.
  public static func quote(_ text: String, to out: inout [UInt8]) {
    let digits = Array("0123456789abcdef".utf8)
    out.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): out.append(contentsOf: "\\\"".utf8)
      case UInt8(ascii: "\\"): out.append(contentsOf: "\\\\".utf8)
      case 0x0A: out.append(contentsOf: "\\n".utf8)
      case 0x0D: out.append(contentsOf: "\\r".utf8)
      case 0x09: out.append(contentsOf: "\\t".utf8)
      case 0..<0x20: out.append(contentsOf: [0x5C, 0x75, 0x30, 0x30, digits[Int(byte >> 4)], digits[Int(byte & 15)]])
      default: out.append(byte)
      }
    }
    out.append(UInt8(ascii: "\""))
  }
}
