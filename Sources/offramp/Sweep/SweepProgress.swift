import Foundation

/// How far a sweep is: one line on a terminal, elsewhere a line now and then.
struct SweepProgress {
  /// Between lines where there is no terminal.
  private static let pause = Duration.seconds(30)

  /// Points to be run.
  private let total: Int
  private var line = ProgressLine()
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private var last: ContinuousClock.Instant

  init(total: Int) {
    self.total = total
    start = clock.now
    last = start
  }

  /// - Parameter done: of the points to be run.
  mutating func show(done: Int, _ tally: SweepTally) {
    if line.isShown { return line.show(text(done, tally)) }
    guard done < total, last.duration(to: clock.now) > Self.pause else { return }
    last = clock.now
    StandardError.print("sweep: \(text(done, tally))")
  }
  mutating func clear() { line.clear() }

  /// `12 of 40 points run, 1 INVALID, 0 failed, 3 min left`.
  func text(_ done: Int, _ tally: SweepTally) -> String {
    var text = "\(done) of \(total) points run, \(tally.invalid) INVALID, \(tally.failed) failed"
    if done > 0 {
      let left = start.duration(to: clock.now) / Double(done) * Double(total - done)
      text += ", \(Self.words(left / .seconds(1))) left"
    }
    return text
  }

  private static func words(_ seconds: Double) -> String {
    if seconds < 100 { return "\(Int(seconds.rounded(.up))) s" }
    return seconds < 6000 ? "\(Int((seconds / 60).rounded())) min" : String(format: "%.1f h", seconds / 3600)
  }
}
