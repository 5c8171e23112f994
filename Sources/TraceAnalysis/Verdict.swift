import EdgeModel
public import PlainJSON
import TraceLog
import Units

/// Whether a run counts: `verdict.json`.
public struct Verdict: Hashable, Sendable {
  public static let format = 1
  /// Reasons of one kind beyond this many are counted, not printed.
  public static let printed = 5

  public var isValid: Bool { reasons.isEmpty }
  /// Why the run is INVALID, one line each.
  public var reasons: [String]
  /// What a reader should know beside the verdict.
  public var notes: [String]
  /// All violations, by kind, those without any left out; sorted by kind.
  public var violations: [(kind: String, count: Int)] { counts.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 } }
  private var counts: [String: Int] = [:]

  public init(_ run: Run, _ summary: RunSummary, _ audit: TraceAudit) {
    self.init(run.outline, summary, audit.log, FairSamples(run, summary))
  }

  /// `fair` are the samples that limits are held against.
  init(_ run: RunOutline, _ summary: RunSummary, _ violations: ViolationLog, _ fair: FairSamples) {
    reasons = []
    notes = []
    for kind in Violation.Kind.allCases {
      guard let count = violations.counts[kind] else { continue }
      counts[kind.rawValue] = count
      add(violations.kept.filter { $0.kind == kind }.map(\.description), of: count, kind: kind.rawValue)
    }
    let deaths = Self.deaths(run)
    add(deaths, of: deaths.count, kind: "died")
    if let interruption = run.description.interruption { reasons.append("the run was interrupted: \(interruption)") }
    judgeLimits(run, fair)
    judgeEngine(summary)
    note(run, summary)
  }

  public var json: JSON {
    .object([
      .init("format", .integer(Int64(Self.format))), .init("valid", .bool(isValid)),
      .init("reasons", .array(reasons.map { .string($0) })), .init("notes", .array(notes.map { .string($0) })),
      .init("violations", .object(violations.map { .init($0.kind, .integer(Int64($0.count))) })),
    ])
  }

  /// The first of `count` lines.
  private mutating func add(_ lines: [String], of count: Int, kind: String) {
    reasons += lines.prefix(Self.printed)
    if count > Self.printed { reasons.append("… and \(count - Self.printed) more of \(kind)") }
  }

  // MARK: Reasons

  /// Nodes that ended without a footer, or in any other way than they should, though no fault was planned.
  private static func deaths(_ run: RunOutline) -> [String] {
    var lines: [String] = []
    var named: Set<String> = []
    for end in run.description.ends where !end.isPlanned && !isPlanned(end.node, run) {
      guard end.signal != nil || end.status != 0 else { continue }
      let how = end.signal.map { "signal \($0)" } ?? end.status.map { "status \($0)" } ?? "no status"
      lines.append("\(end.node) died unplanned, \(how)")
      named.insert(end.node)
    }
    for trace in run.traces
    where !trace.isOrderly && !isPlanned(trace, run) && named.insert(trace.node).inserted {
      lines.append("\(trace.node) died unplanned, \(trace.file) has no footer")
    }
    return lines
  }
  private static func isPlanned(_ node: String, _ run: RunOutline) -> Bool {
    run.description.node(node)?.hasPlannedFault ?? false
  }
  private static func isPlanned(_ trace: TraceOutline, _ run: RunOutline) -> Bool {
    run.description.explainsMissingFooter(of: trace.node, part: trace.part)
  }

  private mutating func judgeLimits(_ run: RunOutline, _ fair: FairSamples) {
    let limits = run.description.limits
    notes += fair.notes
    if let lateness = fair.frameEdgeLateness?.p99, lateness > limits.frameEdgeLateness.inMilliseconds {
      reasons.append(Self.passed("p99 frame-edge lateness", lateness, limits.frameEdgeLateness))
    }
    if let error = fair.uploadError?.p99, error > limits.uploadError.inMilliseconds {
      reasons.append(Self.passed("p99 upload error", error, limits.uploadError))
    }
    for trace in run.traces {
      guard let bound = trace.clock.bound else {
        reasons.append("the clock of \(trace.node) is unknown, \(trace.file) has no clock probes")
        continue
      }
      if bound > limits.clockBound {
        reasons.append("clock of \(trace.node): " + Self.passed("bound", bound.inMilliseconds, limits.clockBound))
      }
    }
    let share = fair.frames > 0 ? Double(fair.fallbackFrames) / Double(fair.frames) : 0
    if share > limits.fallbackShare {
      reasons.append(
        "the fallback decided \(fair.fallbackFrames) of \(fair.frames) frames, more than \(text(limits.fallbackShare * 100)) %"
      )
    }
  }

  private mutating func judgeEngine(_ summary: RunSummary) {
    guard let load = summary.pacedLoad, load > 1 else { return }
    reasons.append("the paced engine was slower than its table, p99 of computed ÷ expected is \(text(load))")
  }

  private static func passed(_ what: String, _ value: Double, _ limit: Duration) -> String {
    "\(what) is \(text(value)) ms, the limit is \(text(limit.inMilliseconds)) ms"
  }

  // MARK: Notes

  private mutating func note(_ run: RunOutline, _ summary: RunSummary) {
    noteLooseLimits(run.description.limits)
    for row in summary.accuracyPerExit where row.agrees == false {
      notes.append(
        "exit \(row.exit) was right in \(text((row.assignedLive ?? 0) * 100)) % of \(row.assigned) tasks assigned to it, "
          + "the manifest says \(text((row.manifest ?? 0) * 100)) % (± \(text((row.tolerance ?? 0) * 100)))")
    }
    if summary.whole.generated == 0 { notes.append("no task was generated") }
    for fault in run.description.faults where fault.effect == nil {
      notes.append("the planned fault '\(fault.plan)' did not take effect")
    }
    if summary.whole.lost > 0 { notes.append("\(summary.whole.lost) tasks were lost") }
    for trace in run.traces { note(trace, run) }
  }

  private mutating func noteLooseLimits(_ limits: ValidityLimits) {
    let standard = ValidityLimits.standard
    func note(_ name: String, _ own: Duration, _ standard: Duration) -> String? {
      own > standard
        ? "the limit of \(name) is looser than the default: \(text(own.inMilliseconds)) ms, not \(text(standard.inMilliseconds)) ms"
        : nil
    }
    notes += [
      note("frame-edge lateness", limits.frameEdgeLateness, standard.frameEdgeLateness),
      note("upload error", limits.uploadError, standard.uploadError),
      note("clock bound", limits.clockBound, standard.clockBound),
    ].compactMap { $0 }
    if limits.fallbackShare > standard.fallbackShare {
      notes.append(
        "the limit of fallbacks is looser than the default: \(text(limits.fallbackShare * 100)) %, not \(text(standard.fallbackShare * 100)) %"
      )
    }
  }

  private mutating func note(_ trace: TraceOutline, _ run: RunOutline) {
    if !trace.isOrderly && Self.isPlanned(trace, run) { notes.append("\(trace.node) died as planned") }
    if trace.isTorn { notes.append("\(trace.file) ends in a cut line") }
    for cause in trace.stops { notes.append("\(trace.node) was stopped: \(cause)") }
    if trace.rejected > 0 { notes.append("\(trace.node) rejected \(trace.rejected) messages") }
    for peer in trace.lostPeers { notes.append("\(trace.node) lost \(peer)") }
  }
}

/// A number for people: at most four digits behind the point.
func text(_ value: Double) -> String {
  guard value.isFinite, value.magnitude < 1e15 else { return "\(value)" }
  let scaled = Int64((value.magnitude * 1e4).rounded())
  var digits = String(scaled % 10_000)
  digits = String(repeating: "0", count: 4 - digits.count) + digits
  while digits.hasSuffix("0") { digits.removeLast() }
  let sign = value < 0 && scaled > 0 ? "-" : ""
  return sign + String(scaled / 10_000) + (digits.isEmpty ? "" : ".\(digits)")
}
