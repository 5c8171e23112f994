import Foundation
import PlainJSON
import Testing

/// What a run left in its directory.
struct FinishedRun {
  let directory: URL
  init(_ path: String) { directory = URL(filePath: path) }

  func json(_ name: String) throws -> JSON {
    try JSON(utf8: try Data(contentsOf: directory.appending(path: name)))
  }
  /// Rows of a table by column.
  func table(_ name: String) throws -> [[String: String]] {
    let text = try String(contentsOf: directory.appending(path: "tables/\(name).csv"), encoding: .utf8)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: true).map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    let columns = try #require(lines.first)
    return lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(columns, $0)) }
  }
  var traces: [URL] {
    let all = try? FileManager.default.contentsOfDirectory(
      at: directory.appending(path: "traces"), includingPropertiesForKeys: nil)
    return (all ?? []).sorted { $0.path < $1.path }
  }
  /// One node's trace.
  func trace(of node: String) throws -> [JSON] {
    let text = try String(contentsOf: directory.appending(path: "traces/\(node).jsonl"), encoding: .utf8)
    return try text.split(separator: "\n").map { try JSON(String($0)) }
  }
  /// Records of one kind in it.
  func records(_ event: String, of node: String) throws -> [JSON] {
    try trace(of: node).filter { $0["event"]?.string == event }
  }

  /// Every task has exactly one outcome, and the summary counts what the table lists.
  func expectConservation(least: Int = 1) throws {
    let tasks = try #require(try json("summary.json")["tasks"])
    func count(_ name: String) -> Int { tasks[name]?.integer ?? -1 }
    let outcomes = ["completed", "late", "refused", "expired", "lost"]
    #expect(outcomes.reduce(0) { $0 + count($1) } == count("generated"))
    #expect(count("generated") >= least)
    let rows = try table("tasks")
    #expect(rows.count == count("generated"))
    for outcome in outcomes { #expect(rows.count { $0["outcome"] == outcome } == count(outcome)) }
    #expect(Set(rows.map { "\($0["device"] ?? "")/\($0["task"] ?? "")" }).count == rows.count)
  }
  /// No invariant was broken; how punctual this machine is today is not the test's matter.
  func expectNoViolation() throws {
    #expect(try json("verdict.json")["violations"]?.members?.map(\.name) == [])
  }
}
