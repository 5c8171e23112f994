import Allocation
import EdgeModel
import PlainJSON
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Counts that a reference implementation found.
@Suite struct GoldenTests {
  @Test func countsOfTheReference() throws {
    let json = try JSON(utf8: readFile("liu-2023-golden.json"))
    let cases = try #require(json.array)
    #expect(!cases.isEmpty)
    for (index, golden) in cases.enumerated() {
      let instance = try AllocationInstance(json: try #require(golden["instance"]))
      for count in try #require(golden["scheduled_count"]?.members) {
        guard let entry = PolicyCatalog.entries.first(where: { $0.name == count.name }) else { continue }
        let answer = entry.make(PolicyOptions()).allocate(instance.frame, budget: .unlimited)
        #expect(answer.scheduledCount == count.value.integer, "\(count.name) on instance \(index)")
        #expect(FeasibilityCheck(answer, of: instance.frame).violations == [])
      }
    }
  }

  /// The bytes of a file beside the tests.
  private func readFile(_ name: String, beside path: String = #filePath) throws -> [UInt8] {
    let folder = path.split(separator: "/").dropLast().joined(separator: "/")
    let file = try #require(fopen("/\(folder)/\(name)", "r"))
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
    return bytes
  }
}
