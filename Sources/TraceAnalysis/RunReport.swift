import EdgeModel
import Terminal
import Units

/// A run's summary and verdict as a table for a terminal.
public struct RunReport: Sendable, CustomStringConvertible {
  private let summary: RunSummary
  private let verdict: Verdict
  public init(_ summary: RunSummary, _ verdict: Verdict) {
    self.summary = summary
    self.verdict = verdict
  }

  /// Several lines, the last without a newline.
  public var description: String {
    var lines = [
      "\(summary.topology) · \(summary.policy) · seed \(summary.seed) · \(text(summary.duration.inSeconds)) s", "",
    ]
    lines += TextTable(rows: [Self.heading] + rows).lines
    lines += [""] + exits
    lines += [""] + punctuality
    if !summary.faults.isEmpty { lines += [""] + faults }
    lines += [""] + judgement
    return lines.joined(separator: "\n")
  }

  private static let heading = [
    "group", "devices", "tasks", "completed", "late", "refused", "expired", "lost", "met %", "accuracy %", "p50 ms",
    "p99 ms",
  ]
  private var rows: [[String]] {
    let groups = summary.groups.map { Self.row($0.name, $0.figures) }
    return groups + [Self.row("all", summary.whole)]
  }
  private static func row(_ name: String, _ figures: RunSummary.Figures) -> [String] {
    [
      name.isEmpty ? "(unknown)" : name, "\(figures.devices)", "\(figures.generated)", "\(figures.completed)",
      "\(figures.late)",
      "\(figures.refused)", "\(figures.expired)", "\(figures.lost)", percent(figures.deadlineMet),
      percent(figures.accuracy), fixed(figures.latency?.median, 1), fixed(figures.latency?.p99, 1),
    ]
  }

  private var exits: [String] {
    var rows = [["exit", "tasks", "share %", "accuracy %", "assigned", "accuracy %", "manifest %", "± %", ""]]
    for (index, row) in summary.accuracyPerExit.enumerated() {
      let share = index < summary.whole.exitShare.count ? summary.whole.exitShare[index] : nil
      rows.append([
        "\(row.exit)", "\(row.tasks)", Self.percent(share), Self.percent(row.live), "\(row.assigned)",
        Self.percent(row.assignedLive), Self.percent(row.manifest),
        Self.percent(row.tolerance), row.agrees.map { $0 ? "agrees" : "DIFFERS" } ?? "",
      ])
    }
    return TextTable(rows: rows).lines
  }

  private var punctuality: [String] {
    let whole = summary.whole
    var rows = [
      ["throughput", "\(fixed(whole.throughput, 1)) completed/s"],
      ["mean batch", fixed(summary.meanBatch, 2)],
      ["fairness (Jain)", fixed(whole.fairness, 3)],
      ["device energy", "\(fixed(whole.deviceEnergy, 3)) J"],
      ["upload error", Self.pair(whole.uploadError, "ms")],
      ["frame-edge lateness", Self.pair(summary.frameEdgeLateness, "ms")],
      ["loop lateness", "p99 \(fixed(summary.loopLateness, 3)) ms"],
      ["allocation", Self.pair(summary.solve, "µs")],
      ["fallbacks", "\(summary.fallbackFrames) of \(summary.frames) frames"],
    ]
    if let load = summary.pacedLoad {
      rows.append(["paced engine", "p99 \(Self.percent(load)) % of its table's time"])
    }
    rows.append(["steal", "\(Self.percent(summary.steal)) %"])
    return TextTable(rows: rows, leftColumns: 2).lines
  }

  /// Times in seconds of the run.
  private var faults: [String] {
    var rows = [["fault", "effect s", "noticed s", "by"]]
    for fault in summary.faults {
      rows.append([
        fault.plan.description, fixed(fault.effect?.inSeconds, 3), fixed(fault.noticed?.inSeconds, 3),
        fault.noticedBy ?? "–",
      ])
    }
    return TextTable(rows: rows).lines
  }

  private var judgement: [String] {
    var lines = [verdict.isValid ? "VALID" : "INVALID"]
    lines += verdict.reasons.map { "  \($0)" }
    lines += verdict.notes.map { "  note: \($0)" }
    return lines
  }

  private static func pair(_ sample: Percentiles?, _ unit: String) -> String {
    "p50 \(fixed(sample?.median, 3)), p99 \(fixed(sample?.p99, 3)) \(unit)"
  }
  private static func percent(_ share: Double?) -> String { fixed(share.map { $0 * 100 }, 1) }
}
