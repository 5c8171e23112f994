import Foundation
import Testing

/// Each target imports what its row allows: the architecture holds because this test does.
@Suite struct ImportTests {
  private func imports(of file: Checkout.File) -> [(line: Int, module: String)] {
    let pattern =
      /^\s*(?:(?:public|package|internal|fileprivate|private|@\w+(?:\(\w+\))?)\s+)*import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias|actor)\s+)?(\w+)/
    return Checkout.code(of: file).compactMap { number, text in
      guard text.contains("import ") else { return nil }
      return text.firstMatch(of: pattern).map { (number, String($0.1)) }
    }
  }

  @Test func everyFileImportsOnlyWhatItsRowAllows() throws {
    let rows = Dictionary(uniqueKeysWithValues: TargetTable.rows.map { ($0.target, $0.imports) })
    for file in try Checkout.sources() {
      guard let row = rows[file.target] else { continue }
      for (line, module) in imports(of: file) where !TargetTable.toolchain.contains(module) && module != "Foundation" {
        #expect(row.contains(module), "\(file.target) may not import \(module), \(file.path):\(line)")
      }
    }
  }
  @Test func foundationStaysOutOfTheNodes() throws {
    for file in try Checkout.sources() where !TargetTable.foundationUsers.contains(file.target) {
      for (line, module) in imports(of: file) {
        #expect(!module.hasPrefix("Foundation"), "\(file.target) may not import \(module), \(file.path):\(line)")
      }
    }
  }
  @Test func everyTargetHasARow() throws {
    #expect(try Checkout.folders(in: "Sources") == TargetTable.rows.map(\.target).sorted())
  }
  @Test func rowsNameOnlyRowsAbove() {
    var above = TargetTable.packages
    for row in TargetTable.rows {
      #expect(row.imports.isSubset(of: above), "\(row.target): \(row.imports.subtracting(above))")
      above.insert(row.target)
    }
  }

  @Test func manifestDeclaresTheSame() throws {
    let manifest = try Checkout.read("Package.swift").text.replacing(/\s+/, with: " ")
    let products = ["heap": "HeapModule", "deque": "DequeModule", "yaml": "Yams", "arguments": "ArgumentParser"]
    var declared: [String: Set<String>] = [:]
    for match in manifest.matches(of: /(?:library|executable)\( ?"([\w-]+)"(?:, \[([^\]]*)\])?/) {
      let words = (match.2 ?? "").split(separator: ",").map { $0.filter { $0 != " " && $0 != "\"" } }
      declared[String(match.1)] = Set(words.filter { !$0.isEmpty }.map { products[$0] ?? $0 })
    }
    for row in TargetTable.rows where !row.target.hasPrefix("C") {
      #expect(declared[row.target] == row.imports, "\(row.target)")
    }
  }

  @Test func documentShowsTheSame() throws {
    guard Checkout.exists("Docs/Architecture.md") else { return }
    let rows = Dictionary(uniqueKeysWithValues: TargetTable.rows.map { ($0.target, $0.imports) })
    var shown: Set<String> = []
    for line in try Checkout.read("Docs/Architecture.md").lines where line.hasPrefix("| `") {
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      let target = cells[0].filter { $0 != "`" }
      guard cells.count >= 3, let row = rows[target] else { continue }
      shown.insert(target)
      let words = cells[cells.count - 1].split { ",` ".contains($0) }.map(String.init).filter { $0 != "–" }
      #expect(Set(words) == row, "\(target) in Docs/Architecture.md")
    }
    #expect(shown == Set(rows.keys), "rows that Docs/Architecture.md lacks: \(Set(rows.keys).subtracting(shown))")
  }
}
