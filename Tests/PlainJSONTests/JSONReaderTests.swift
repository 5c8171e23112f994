import PlainJSON
import Testing

/// RFC 8259: what is JSON reads, what is not says where.
@Suite struct JSONReaderTests {
  private func read(_ text: String) throws(JSONError) -> JSON { try JSON(utf8: text.utf8) }

  @Test(
    arguments: [
      ("null", JSON.null), ("true", true), ("false", false), ("0", 0), ("-0", 0), ("12", 12), ("-7", -7), ("1.5", 1.5),
      ("1e3", .number(1000)), ("1E+2", .number(100)), ("25e-2", .number(0.25)), ("0.0", .number(0)), ("\"\"", ""),
      ("\"a\"", "a"), ("[]", []), ("{}", [:]), (" \t\r\n1 ", 1), ("[1, [2], {}]", [1, [2], [:]]),
      ("{\"a\": 1, \"b\": [null]}", ["a": 1, "b": [JSON.null]]),
    ] as [(String, JSON)]) func accepts(_ text: String, _ value: JSON) throws
  {
    #expect(try read(text) == value)
  }
  @Test func acceptsAByteOrderMark() throws {
    #expect(try JSON(utf8: [0xEF, 0xBB, 0xBF, 0x31]) == 1)
  }

  @Test(arguments: [
    "", " ", "nul", "True", "tru", "nulll", "01", "-", "-01", "+1", "1.", ".5", "1e", "1e+", "0x1", "NaN", "Infinity",
    "-Infinity", "1 2", "[1,]", "[,1]", "[1 2]", "[", "]", "[1", "{", "}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}",
    "{'a':1}", "{\"a\" 1}", "{1:2}", "\"", "\"a", "\"\\\"", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\t\"", "\"\n\"",
    "'a'", "//\n1", "1//", "[1]]", "{}{}", "\u{FEFF}\u{FEFF}1", "1e999", "-1e999",
  ]) func refuses(_ text: String) {
    #expect(throws: JSONError.self) { try JSON(utf8: text.utf8) }
  }

  @Test func wholeNumbersKeepEveryDigit() throws {
    #expect(try read("9223372036854775807") == .integer(.max))
    #expect(try read("-9223372036854775808") == .integer(.min))
    #expect(try read("9223372036854775808") == .number(9_223_372_036_854_775_808))
    #expect(try read("9007199254740993") == .integer(9_007_199_254_740_993))
  }
  @Test func wholeNumbersMayBeWrittenAsFractions() throws {
    #expect(try read("3.0").integer == 3)
    #expect(try read("3.5").integer == nil)
    #expect(try read("1e300").integer == nil)
    #expect(try read("3").double == 3)
  }

  @Test(arguments: [
    (#""\" \\ \/ \b \f \n \r \t""#, "\" \\ / \u{8} \u{c} \n \r \t"), (#""\u00e9""#, "é"), (#""\uD83D\uDE00""#, "😀"),
    (#""\u0000""#, "\u{0}"), ("\"é😀\u{7F}\"", "é😀\u{7F}"), (#""\uFFFF""#, "\u{FFFF}"),
  ]) func unescapes(_ text: String, _ value: String) throws {
    #expect(try read(text).string == value)
  }
  @Test(arguments: [
    #""\uD83D""#, #""\uDE00""#, #""\uD83D\uD83D""#, #""\uD83Dx""#, #""\uD83D\n""#, #""\uDE00\uD83D""#,
  ]) func halfASurrogatePairIsAnError(_ text: String) {
    #expect(throws: JSONError.self) { try JSON(utf8: text.utf8) }
  }
  /// Combining marks join the letter before them in a Swift `Character`; every scalar must survive all the same.
  @Test(arguments: [#""e\u0301""#, #""\r\n""#, #""\u0301""#, #""\uD83D\uDC68\u200D\uD83D\uDC69""#])
  func scalarsStayApart(_ text: String) throws {
    let value = try #require(try read(text).string)
    #expect(try read(JSON.string(value).line).string?.unicodeScalars.elementsEqual(value.unicodeScalars) == true)
  }
  @Test(arguments: [[0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xC0, 0x80], [0xF5, 0x80, 0x80, 0x80]] as [[UInt8]])
  func stringsMustBeUTF8(_ bytes: [UInt8]) {
    #expect(throws: JSONError.self) { try JSON(utf8: [0x22] + bytes + [0x22]) }
  }

  @Test(arguments: [
    ("x", 1, 1), ("\n\n  x", 3, 3), ("{\n \"a\": 1,\n \"b\": ?\n}", 3, 7), ("[1,\n2,\n]", 3, 1), ("1 2", 1, 3),
    ("[\"é\", x]", 1, 8), ("{\"a\": 1", 1, 8), ("\r\nx", 2, 1),
  ]) func errorsHaveLineAndColumn(_ text: String, _ line: Int, _ column: Int) {
    let error = #expect(throws: JSONError.self) { try JSON(utf8: text.utf8) }
    #expect(error?.line == line && error?.column == column, "\(String(describing: error))")
    #expect(error?.description.contains("line \(line), column \(column)") == true)
  }

  @Test func depthIsBounded() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(try read(nested(64)).array != nil)
    #expect(throws: JSONError.self) { try JSON(utf8: nested(65).utf8) }
    #expect(throws: JSONError.self) { try JSON(utf8: String(repeating: "[", count: 1_000_000).utf8) }
    #expect(throws: JSONError.self) { try JSON(utf8: String(repeating: "{\"a\":", count: 1_000_000).utf8) }
  }

  @Test func membersKeepTheirOrderAndTheFirstOfANameCounts() throws {
    let value = try read(#"{"b": 1, "a": 2, "b": 3}"#)
    #expect(value.members?.map(\.name) == ["b", "a", "b"])
    #expect(value["b"] == 1 && value["c"] == nil && JSON.null["a"] == nil)
  }
}
