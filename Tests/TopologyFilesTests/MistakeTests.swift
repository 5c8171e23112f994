import EdgeModel
import Foundation
import Testing
import TopologyFiles
import Units

/// Every kind of mistake is one line with its place and what to do.
@Suite struct MistakeTests {
  @Test func soundTextIsSound() throws {
    #expect(try Workshop().problems(of: Mistake.sound).isEmpty)
  }

  @Test(arguments: Mistake.all) func isReported(_ mistake: Mistake) throws {
    #expect(Mistake.sound.components(separatedBy: mistake.from).count == 2, "'\(mistake.from)' must stand there once")
    let text = Mistake.sound.replacingOccurrences(of: mistake.from, with: mistake.to)
    let problems = try Workshop().problems(of: text)
    let problem = try #require(
      problems.first { problem in mistake.says.allSatisfy(problem.description.contains) },
      "\(problems.map(\.description))")
    #expect(problem.line == mistake.line, "\(problem)")
    #expect((problem.column ?? 0) >= 1)
    #expect(problem.description.contains("topology.yaml:\(mistake.line):"))
    #expect(problem.description.contains("; ") && !problem.remedy.isEmpty)
    for problem in problems { #expect(!problem.description.contains { $0.isNewline }) }
  }

  @Test func severalMistakesAreReportedAtOnceInTheOrderOfLines() throws {
    var text = Mistake.sound
    for (from, to) in [("5 MHz", "5"), ("count: 6", "count: 0"), ("clock_bound", "clok_bound"), ("seed: 1", "seed: x")]
    {
      text = text.replacingOccurrences(of: from, with: to)
    }
    #expect(try Workshop().problems(of: text).map(\.line) == [3, 6, 26, 41])
  }

  @Test func manyMistakesAreBounded() throws {
    let noise = (0..<1000).map { "key\($0): 1\n" }.joined()
    #expect(try Workshop().problems(of: noise + Mistake.sound).count == 20)
  }

  @Test func wholeFileMistakes() throws {
    let workshop = try Workshop()
    let cases: [(path: String, says: String)] = [
      ("nowhere.yaml", "there is no such file"), ("model", "this is a directory"), ("", "this is a directory"),
    ]
    for (path, says) in cases {
      let problems = workshop.problems(at: workshop.directory + "/" + path)
      #expect(problems.count == 1 && problems[0].description.contains(says), "\(problems)")
    }
    for text in ["", "\n", "# only a comment\n", "---\n"] {
      let problems = try workshop.problems(of: text)
      #expect(problems.count == 1, "\(problems)")
    }
    for text in ["42", "[]", "just words", "- a\n- b\n"] {
      #expect(try workshop.problems(of: text).first?.what.contains("must be a mapping") == true)
    }
    let large = try workshop.problems(of: String(repeating: "#", count: TopologyFile.largestFile + 1))
    #expect(large.first?.what.contains("larger than 256 KiB") == true)
  }

  @Test func bytesThatAreNoUTF8HaveAPlace() throws {
    let problem = try #require(try Workshop().problems(ofBytes: Array("format: 1\nname: a".utf8) + [0xFF, 0x0A]).first)
    #expect(problem.what.contains("not UTF-8") && problem.line == 2 && problem.column == 8, "\(problem)")
    let wide = Array("format: 1\n".utf16).flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    #expect(try Workshop().problems(ofBytes: [0xFF, 0xFE] + wide).first?.what.contains("not UTF-8") == true)
  }

  @Test func byteOrderMarkAndWindowsLinesAreFine() throws {
    let bytes = [0xEF, 0xBB, 0xBF] + Array(Mistake.sound.replacingOccurrences(of: "\n", with: "\r\n").utf8)
    #expect(try Workshop().problems(ofBytes: bytes).isEmpty)
  }

  @Test func aliasesWorkWithinABound() throws {
    let text = Mistake.sound.replacingOccurrences(of: "arrivals: {poisson", with: "arrivals: &a {poisson")
      .replacingOccurrences(of: "arrivals: {periodic: 100 ms}", with: "arrivals: *a")
    #expect(try Workshop().problems(of: text).isEmpty)
    var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    for level in 1..<12 {
      bomb += "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ") + "]\n"
    }
    #expect(try Workshop().problems(of: bomb + "? *a11\n: 1\n").first?.what.contains("aliases") == true)
  }

  @Test(arguments: ["[", "{a: ", "- ", "? "]) func deepNestingIsRefused(_ opening: String) throws {
    for depth in [100, 5000, 50_000] {
      #expect(try !Workshop().problems(of: "cell: " + String(repeating: opening, count: depth)).isEmpty)
    }
  }
}
