import EdgeModel
import Inference
import Terminal

/// A profile as tables for a terminal.
public struct ProfileReport: Sendable, CustomStringConvertible {
  private let profile: EngineProfile
  public init(_ profile: EngineProfile) { self.profile = profile }

  /// Several lines, the last without a newline.
  public var description: String {
    let heading = [
      "\(profile.table.model): \(ProfileText.line(profile.origin))",
      "\(profile.repeats) samples of each figure; the clock itself takes "
        + "\(ProfileText.microseconds(profile.timer)) µs",
    ]
    let crowded = together.isEmpty ? [] : together + [""]
    return (heading + [""] + medians + [""] + spreads + [""] + crowded + moves).joined(separator: "\n")
  }

  private var parts: [(name: String, series: LatencySeries)] {
    zip(profile.bodies, profile.heads).enumerated().flatMap { index, pair in
      [("block \(index + 1)", pair.0), ("exit \(index + 1)", pair.1)]
    } + [("whole", profile.whole)]
  }
  private var sizes: [Int] { ProfileText.sizes(upTo: profile.largestBatch) }

  private var medians: [String] {
    let heading = ["median, µs"] + sizes.map { "b = \($0)" } + ["α", "β", "β/α", "fit ±"]
    let rows = parts.map { name, series in
      [name] + sizes.map { ProfileText.microseconds(series.median[$0 - 1]) } + ProfileText.line(series.fit) + [
        ProfileText.microseconds(series.fit?.residual)
      ]
    }
    return TextTable(rows: [heading] + rows).lines
  }

  private var spreads: [String] {
    let heading = ["p95, p99 / median"] + sizes.map { "b = \($0)" }
    let rows = parts.map { name, series in
      [name]
        + sizes.map { size in
          let median = series.median[size - 1]
          guard median > 0 else { return fixed(nil, 0) }
          return "\(fixed(series.p95[size - 1] / median, 2)) \(fixed(series.p99[size - 1] / median, 2))"
        }
    }
    return TextTable(rows: [heading] + rows).lines
  }

  /// How much longer a whole batch takes beside others.
  private var together: [String] {
    guard !profile.table.concurrency.isEmpty else { return [] }
    func whole(_ table: LatencyProfile, _ size: Int) -> Double { table.blocks.reduce(0) { $0 + $1.seconds(size) } }
    let heading = ["p99 of all blocks ÷ alone"] + sizes.map { "b = \($0)" }
    let rows = profile.table.concurrency.map { entry in
      ["\(entry.instances) instances at work"]
        + sizes.map { fixed(whole(entry.profile, $0) / whole(profile.table.profile, $0), 2) }
    }
    return TextTable(rows: [heading] + rows).lines
  }

  /// Median times of moving rows.
  private var moves: [String] {
    let heading = ["moving rows, median, µs"] + sizes.map { "n = \($0)" } + ["bytes/row"]
    var rows = profile.loading.enumerated().map { index, series in
      row("features in, before block \(index + 1)", series, profile.featureBytes[index])
    }
    rows += profile.answering.enumerated().map { index, series in
      row("answers out, exit \(index + 1)", series, profile.answerBytes)
    }
    for (index, series) in zip(profile.gathering, profile.keeping).enumerated() {
      let bytes = profile.featureBytes[index + 1]
      rows.append(row("go on after exit \(index + 1), gathered", series.0, bytes))
      rows.append(row("go on after exit \(index + 1), in front", series.1, bytes))
    }
    return TextTable(rows: [heading] + rows).lines
  }
  private func row(_ name: String, _ series: LatencySeries, _ bytes: Int) -> [String] {
    [name]
      + sizes.map { ProfileText.microseconds($0 <= series.median.count ? series.median[$0 - 1] : nil) } + ["\(bytes)"]
  }
}
