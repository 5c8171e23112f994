import Foundation
import PlainJSON

/// From a run's directory to its tables, summary, verdict and timeline.
public enum RunAnalysis {
  /// What `analyse` writes besides summary and verdict.
  public struct Outputs: OptionSet, Sendable {
    public var rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }
    public static let tables = Outputs(rawValue: 1)
    public static let timeline = Outputs(rawValue: 2)
    public static let all: Outputs = [.tables, .timeline]
  }

  /// Reads the run in `directory`, judges it, and writes `summary.json`, `verdict.json`, the clocks into `run.json`, and
  /// `outputs`. O(records log records). Throws one line for what cannot be read or written; a run that breaks
  /// invariants does not throw, its verdict says so.
  @discardableResult
  public static func analyse(
    _ directory: RunDirectory, writing outputs: Outputs = .all
  ) throws(RunError) -> (summary: RunSummary, verdict: Verdict) {
    let run = try Run(directory)
    try directory.create()
    return try write(run, to: directory, outputs)
  }

  /// The same for a run that is already in memory, to a directory that was made (`RunDirectory.create`).
  @discardableResult
  public static func write(
    _ run: Run, to directory: RunDirectory, _ outputs: Outputs = .all
  ) throws(RunError) -> (summary: RunSummary, verdict: Verdict) {
    let (summary, verdict) = judge(run)
    if outputs.contains(.tables) {
      let tables = RunTables(run)
      try RunDirectory.write(tables.tasks, to: directory.tasks)
      try RunDirectory.write(tables.batches, to: directory.batches)
      try RunDirectory.write(tables.frames, to: directory.frames)
    }
    if outputs.contains(.timeline) { try Timeline(run).write(to: directory.timeline) }
    try write(summary, verdict, of: run.description, to: directory)
    return (summary, verdict)
  }

  /// Writes `run.json`, `summary.json` and `verdict.json` of a run that is judged already, to a directory that was made.
  public static func write(
    _ summary: RunSummary, _ verdict: Verdict, of description: RunDescription, to directory: RunDirectory
  ) throws(RunError) {
    try directory.write(description)
    try RunDirectory.write(summary.json.pretty, to: directory.summary)
    // Last: whoever finds a verdict finds everything else.
    try RunDirectory.write(verdict.json.pretty, to: directory.verdict)
  }

  /// Summary and verdict, nothing written.
  public static func judge(_ run: Run) -> (summary: RunSummary, verdict: Verdict) {
    let summary = RunSummary(run)
    return (summary, Verdict(run, summary, TraceAudit(run)))
  }
}
