import Foundation
import Inference
import PlainJSON
import Profiling
import Testing
import Units

@Suite struct ProfileComparisonTests {
  private let full = Checkout.digits + "/edge-gpu.json"
  private let half = Checkout.digits + "/half-speed-gpu.json"

  @Test func twiceTheTimeIsTwiceEverywhere() throws {
    let comparison = try ProfileComparison(files: [full, half, full])
    #expect(comparison.complaints.isEmpty)
    let lines = comparison.text.split(separator: "\n").map(String.init)
    let table = try #require(lines.firstIndex { $0.hasPrefix("median") })
    let rows = lines[(table + 1)...].map { $0 }
    // Blocks, exits and the whole, three files each.
    #expect(rows.count == 27)
    for (index, row) in rows.enumerated() {
      let ratios = row.matches(of: /\((\d+\.\d+)\)/).map { String($0.1) }
      let expected = index % 3 == 1 ? "2.00" : "1.00"
      // Four sizes, α and β; β/α is the same for both.
      #expect(ratios == (index % 3 == 0 ? [] : Array(repeating: expected, count: 6) + ["1.00"]), "\(row)")
    }
    // Two of a name go by their paths.
    #expect(rows[0].contains(full) && rows[1].contains("half-speed-gpu  ") && !rows[1].contains(half))
  }

  @Test func profilesAndTablesCompare() throws {
    let checkout = try Checkout()
    let profile = try ProfileRequest(model: Checkout.digits, maxBatch: 4, repeats: 3, budget: .zero).perform()
    try profile.write(to: checkout.path("here.json"))
    let text = try ProfileComparison(files: [full, checkout.path("here.json")]).text
    #expect(
      text.contains("here:") && text.contains(profile.origin.processor)
        && text.contains("latency table edge-gpu, chosen"))
    // Batches of 16 and 64 are beyond it.
    let row = try #require(text.split(separator: "\n").first { $0.contains("here  ") && $0.contains("(") })
    #expect(row.contains(/\)\s+–\s+–\s+\S*\d/), "\(row)")
    _ = try checkout.write(
      profile.json.with("model_sha256", .string(String(repeating: "0", count: 64))), as: "retrained.json")
    let other = try ProfileComparison(files: [checkout.path("here.json"), checkout.path("retrained.json")])
    #expect(other.text.contains("note: ") && other.text.contains("000000000000…") && other.complaints.isEmpty)
  }

  @Test func whatCannotBeComparedIsOneLine() throws {
    let checkout = try Checkout()
    let table = try JSON(utf8: FileBytes.read(full))
    let blocks = try #require(table["blocks"]?.array)
    let files = [
      try checkout.write(table.with("model", "letters"), as: "letters.json"),
      try checkout.write(table.with("format", 2), as: "format.json"),
      try checkout.write(table.with("blocks", .array(Array(blocks.dropLast()))), as: "blocks.json"),
      try checkout.write(Array("{".utf8), as: "broken.json"), checkout.path("absent.json"),
    ]
    let comparison = try ProfileComparison(files: [full] + files + [half])
    #expect(comparison.complaints.count == 5)
    let words = ["model 'letters' with 4 blocks", "format 2", "'digits' with 3 blocks", "line", "cannot open"]
    for (index, complaint) in comparison.complaints.enumerated() {
      #expect(complaint.contains(words[index]) && complaint.contains(files[index]) && !complaint.contains("\n"))
    }
    #expect(comparison.text.contains("half-speed-gpu"))
    for bad in [[], [full], [files[4], full], [full, files[0]]] {
      let error = try #require(throws: EngineError.self) { try ProfileComparison(files: bad) }
      #expect(!error.description.contains("\n"))
    }
  }
}
