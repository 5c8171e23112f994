import Testing

@testable import Terminal

@Suite struct ProgressBarTests {
  @Test func itFillsUpAndStaysOnOneLine() {
    #expect(ProgressBar.line("digits", 0, "warming up", columns: 80).contains("░░░   0 %  warming up"))
    #expect(ProgressBar.line("digits", 0.5, "", columns: 80).contains("██░░"))
    #expect(ProgressBar.line("digits", 1, "3 rounds", columns: 80).contains("██ 100 %  3 rounds"))
    for share in [-1.0, 7, .nan, .infinity, 0.3] {
      let line = ProgressBar.line("a name that is long", share, String(repeating: "x", count: 200), columns: 60)
      #expect(line.count == 59 && !line.contains("\n"))
    }
  }
  @Test func filledPartsNeverShrink() {
    let filled = (0...1000).map { share in
      ProgressBar.line("m", Double(share) / 1000, "", columns: 80).count { $0 == "█" }
    }
    #expect(filled == filled.sorted() && filled.first == 0 && filled.last == 24)
  }
}
