public import EdgeModel
import Foundation
import TraceLog
import Units

/// A run, loaded: its description, its traces on one clock, and what they tell of tasks, batches and frames.
public struct Run: Sendable {
  public var description: RunDescription
  /// The base station's first, then workers', then devices'; within a role by name and part. Times are on the base
  /// station's run clock.
  public private(set) var traces: [NodeTrace]
  /// By device and number.
  public internal(set) var journeys: [TaskJourney]
  /// By number.
  public private(set) var batches: [BatchJourney]
  /// By number.
  public private(set) var frames: [FrameJourney]
  public private(set) var workers: [WorkerTrace]
  /// In the order of their numbers.
  public private(set) var openPlans: [Placed<OpenPlan>]
  /// Of `traces`.
  private let outlines: [TraceOutline]

  /// Joins traces as their nodes wrote them; their clocks are fitted and their times corrected here. O(records).
  public init(description: RunDescription, traces: [NodeTrace]) {
    var traces = traces.sorted { Self.rank($0.role, $0.node, $0.part) < Self.rank($1.role, $1.node, $1.part) }
    let baseStation = traces.first { $0.role == .baseStation }
    for index in traces.indices {
      let usesProbes = description.node(traces[index].node)?.usesClockProbes ?? false
      let steps = description.clockSteps(of: traces[index].node)
      traces[index].correct(by: ClockFit.fit(traces[index], to: baseStation, usesProbes: usesProbes, steps: steps))
    }
    self.description = description
    self.description.clocks = traces.map { RunDescription.NodeClock(node: $0.node, part: $0.part, fit: $0.clock) }
    self.traces = traces
    outlines = traces.map(TraceOutline.init)
    self.description.faults = FaultNotices(traces).fill(
      description.faults, baseStation: baseStation?.node ?? "base-station")
    let joined = RunJoin(description: self.description, traces: traces, outlines: outlines)
    journeys = joined.journeys
    batches = joined.batches
    frames = joined.frames
    workers = joined.workers
    openPlans = joined.openPlans
  }

  /// Reads the run in `directory`; without a `run.json` the traces describe it. O(bytes).
  public init(_ directory: RunDirectory) throws(RunError) {
    var traces: [NodeTrace] = []
    for file in try directory.traceFiles() { traces.append(try TraceReader.read(file)) }
    try Self.checkOneRun(traces, in: directory)
    let description = try directory.readDescription() ?? RunDescription(inferredFrom: traces)
    self.init(description: description, traces: traces)
  }

  var outline: RunOutline { RunOutline(description: description, traces: outlines, workers: workers) }
  var baseStation: NodeTrace? { traces.first { $0.role == .baseStation } }

  /// The order of traces.
  static func rank(_ role: TraceHeader.Role?, _ node: String, _ part: Int) -> (Int, String, Int) {
    switch role {
    case .baseStation: (0, node, part)
    case .edgeWorker: (1, node, part)
    case .device: (2, node, part)
    case nil: (3, node, part)
    }
  }

  static func checkOneRun(_ traces: [NodeTrace], in directory: RunDirectory) throws(RunError) {
    var first: [String: String] = [:]
    var run: (id: String, file: String)?
    for trace in traces {
      let key = "\(trace.node)/\(trace.part)"
      if let other = first[key] {
        throw RunError(
          "two nodes are called \(trace.node), \(other) and \(trace.file)", at: directory.traces.path,
          remedy: "give every node a name of its own")
      }
      first[key] = trace.file
      guard let header = trace.header else { continue }
      if let run, run.id != header.run {
        throw RunError(
          "traces of different runs, \(run.file) of \(run.id) and \(trace.file) of \(header.run)",
          at: directory.traces.path, remedy: "keep the traces of one run")
      }
      run = run ?? (header.run, trace.file)
    }
  }
}

extension NodeTrace {
  fileprivate mutating func correct(by clock: ClockFit) {
    self.clock = clock
    guard !clock.isIdentity else { return }
    for index in records.indices {
      records[index].instant = clock.corrected(records[index].instant)
      records[index].record = records[index].record.corrected(by: clock)
    }
  }
}
