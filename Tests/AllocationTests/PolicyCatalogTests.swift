import Allocation
import Testing

@Suite struct PolicyCatalogTests {
  @Test func namesAreUnique() {
    #expect(Set(PolicyCatalog.entries.map(\.name)).count == PolicyCatalog.entries.count)
  }
  @Test func anUnknownNameIsAnsweredWithTheKnownOnes() throws {
    let error = #expect(throws: UnknownPolicy.self) { try PolicyCatalog.entry(named: "best-shelf") }
    let text = try #require(error).description
    #expect(text.hasPrefix("no policy is called \"best-shelf\"; choose one of best-shelf-packing, "))
    #expect(!text.contains("\n"))
  }
}
