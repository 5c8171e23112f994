import Allocation
import Testing

@Suite struct PolicyCatalogTests {
  @Test func namesAreUnique() {
    #expect(Set(PolicyCatalog.entries.map(\.name)).count == PolicyCatalog.entries.count)
  }
  /// Whoever wants a policy that can be called gets told why this one cannot.
  @Test func theExternalPolicyIsNamedAndNotMade() throws {
    #expect(PolicyCatalog.names.count == PolicyCatalog.entries.count + 1)
    #expect(Set(PolicyCatalog.names).count == PolicyCatalog.names.count)
    let error = #expect(throws: UnknownPolicy.self) { try PolicyCatalog.entry(named: ExternalPolicy.name) }
    #expect(try #require(error).description.hasPrefix("external is a process of its own"))
  }
  @Test func anUnknownNameIsAnsweredWithTheKnownOnes() throws {
    let error = #expect(throws: UnknownPolicy.self) { try PolicyCatalog.entry(named: "best-shelf") }
    let text = try #require(error).description
    #expect(text.hasPrefix("no policy is called \"best-shelf\"; choose one of best-shelf-packing, "))
    #expect(!text.contains("\n"))
  }
}
