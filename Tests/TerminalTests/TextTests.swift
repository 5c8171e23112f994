import Terminal
import Testing

@Suite struct TextTests {
  @Test func numbersHaveTheirDigits() {
    #expect(fixed(-0.04, 1) == "0.0" && fixed(1.25, 2) == "1.25" && fixed(nil, 2) == "–")
    #expect(fixed(-12.5, 0) == "-13" && fixed(0.999, 2) == "1.00" && fixed(.nan, 1) == "–" && fixed(1e12, 0) == "–")
  }

  @Test func columnsAreAligned() {
    let lines = TextTable(rows: [["part", "µs"], ["block 1", "9"], ["x", "1024"]]).lines
    #expect(lines == ["part       µs", "block 1     9", "x        1024"])
    #expect(TextTable(rows: [["a", "b", "c"], ["aa", "bb", ""]], leftColumns: 2).lines == ["a   b   c", "aa  bb"])
  }
}
