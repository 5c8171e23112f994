import Testing
import Units

struct CPUListTests {
  @Test(arguments: 0..<200 as Range<UInt64>)
  func itsShortestFormReadsBack(seed: UInt64) throws {
    let numbers = (0...seed % 40).map { index in
      Int(((seed &* 41 &+ index) &* 0x9E37_79B9_7F4A_7C15) >> 33) % (seed % 2 == 0 ? 13 : 1024)
    }
    let list = try #require(CPUList(numbers))
    #expect(list.numbers == Set(numbers).sorted())
    #expect(try CPUList(text: list.description) == list)
  }

  @Test(arguments: [("3", [3]), ("0-2,5", [0, 1, 2, 5]), ("5,0-2,1", [0, 1, 2, 5]), ("1023", [1023])])
  func readsWhatTasksetTakes(text: String, numbers: [Int]) throws {
    #expect(try CPUList(text: text).numbers == numbers)
  }

  @Test(arguments: [
    "", ",", "1,", "-", "-1", "1-", "3-1", "1024", "0-1024", "a", "1 2", " 1", "+1", "0x1", "1--2", "1-2-3",
    "99999999999999999999", "٣", "1-99999999999999999999",
  ])
  func everythingElseIsOneLine(text: String) {
    #expect(throws: QuantityError.self) { try CPUList(text: text) }
  }

  @Test func withoutLeavesTheRest() throws {
    let all = try CPUList(text: "0-7")
    #expect(try all.without(CPUList(text: "2-3"))?.description == "0-1,4-7")
    #expect(all.without(all) == nil)
  }
}
