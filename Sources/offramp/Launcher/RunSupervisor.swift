import EdgeModel
import Foundation
import Glibc
import TraceAnalysis
import TraceLog
import Units

/// Starts a run's processes, watches them, and sees to it that none stays.
///
/// One loop on the thread that starts the processes, which must not end before they do (see `ChildProcess`).
struct RunSupervisor {
  /// How long the base station may take to listen, and the nodes to be ready: more than their own patience, whose
  /// message says more.
  private static let listening = Duration.seconds(20)
  private static let readiness = Duration.seconds(130)
  /// Past the last deadline, until every node has ended by itself.
  private static let drain = Duration.seconds(15)
  /// Between being asked to end and being killed.
  private static let grace = Duration.seconds(4)

  let topology: Topology
  private let programs: ProgramDirectory
  private let directory: RunDirectory
  private let signals: SignalPipe
  var nodes: [NodeProcess] = []
  private var station: LinePipe?
  private var progress = ProgressLine()

  private var endpoints: StationEndpoints?
  private var missing = ""
  /// The run's start [ns of CLOCK_MONOTONIC].
  private(set) var start: Int64?
  /// What the topology does to the processes, and what of it took effect.
  var faults: ProcessFaults
  var effects: [FaultEffect] = []
  /// Where each worker listens.
  private(set) var listening: [String: String] = [:]
  /// When the base station ended, in order or as planned [ns of CLOCK_MONOTONIC].
  var stationEnd: Int64?

  /// - Parameter label: what stands before the run's progress.
  init(
    _ topology: Topology, programs: ProgramDirectory, directory: RunDirectory, signals: SignalPipe, label: String = ""
  ) {
    progress.label = label
    self.topology = topology
    self.programs = programs
    self.directory = directory
    self.signals = signals
    faults = ProcessFaults(topology.faults)
  }

  /// Runs all nodes to their end; whatever happens, no process is left. nil: all went as planned.
  mutating func run(
    station: NodeCommandLine, others: (StationEndpoints) -> [NodeCommandLine]
  ) -> RunFailure? {
    defer { progress.clear() }
    do throws(RunFailure) {
      try begin(station)
      let endpoints = try waitForEndpoints()
      for line in others(endpoints) { try begin(line) }
      let start = try waitForStart()
      try waitForEnd(start)
      return nil
    } catch {
      stopAll()
      return error
    }
  }

  // MARK: Phases

  private mutating func waitForEndpoints() throws(RunFailure) -> StationEndpoints {
    let deadline = monotonicNow() + Self.listening.inNanoseconds
    while true {
      if let endpoints { return endpoints }
      guard monotonicNow() < deadline else {
        throw RunFailure(
          "the base station did not listen within \(Self.listening.inWords)", at: log(of: NodeNames.baseStation),
          remedy: "see its log")
      }
      try step(until: deadline)
    }
  }

  private mutating func waitForStart() throws(RunFailure) -> Int64 {
    let deadline = monotonicNow() + Self.readiness.inNanoseconds
    while true {
      if let start { return start }
      guard monotonicNow() < deadline else {
        throw RunFailure(
          "the run did not begin within \(Self.readiness.inWords), \(missing.isEmpty ? "all nodes" : missing) missing",
          at: directory.logs.relativePath, remedy: "see the logs there")
      }
      progress.show(missing.isEmpty ? "starting" : "waiting for \(missing)")
      try step(until: deadline)
    }
  }

  private mutating func waitForEnd(_ start: Int64) throws(RunFailure) {
    let lastDeadline = topology.duration + (topology.groups.map(\.deadline).max() ?? .zero)
    // While the base station stands still nothing ends.
    let deadline = start + (lastDeadline + (topology.longestStandstill ?? .zero) + Self.drain).inNanoseconds
    while nodes.contains(where: \.process.isRunning) {
      try applyFaults(since: start)
      guard monotonicNow() < deadline else {
        let names = nodes.filter(\.process.isRunning).map(\.name).joined(separator: ", ")
        throw RunFailure(
          "\(names) did not end within \(Self.drain.inWords) of the last deadline", at: directory.logs.relativePath,
          remedy: "see the logs there")
      }
      try step(until: min(deadline, nextFault(since: start)))
    }
  }

  // MARK: One step

  /// Waits until something happens, or `deadline`, and takes notice of it.
  private mutating func step(until deadline: Int64) throws(RunFailure) {
    Descriptor.wait(
      for: [signals.descriptor, station?.descriptor ?? -1], nanoseconds: deadline - monotonicNow())
    readStatus()
    while let signal = signals.next() { if signal != SIGCHLD { throw interruption(by: signal) } }
    try checkDeaths()
  }

  private mutating func readStatus() {
    for line in station?.lines() ?? [] {
      switch StationStatus(line: line) {
      case .listening(let endpoints): self.endpoints = endpoints
      case .waiting(let missing): self.missing = missing
      case .worker(let name, let endpoint): listening[name] = endpoint
      case .started(let start): self.start = start
      case .progress(let figures): progress.show(figures, of: topology.duration)
      case nil: break
      }
    }
  }

  private mutating func checkDeaths() throws(RunFailure) {
    let reaped = nodes.indices.filter { nodes[$0].process.reap() }
    noteEnds(of: reaped)
    let ended = reaped.filter { !isInOrder(nodes[$0]) }
    // Nodes that miss another one end in its wake: who was killed was first.
    guard
      let first = ended.first(where: { if case .signal = nodes[$0].process.end { true } else { false } }) ?? ended.first
    else { return }
    throw death(of: nodes[first])
  }

  /// A node ends with status 0 only when the base station has ended the run in order: when every device is done, which may
  /// be long before `duration` where few tasks arrive.
  private func isInOrder(_ node: NodeProcess) -> Bool {
    (node.process.end == .status(0) && start != nil) || node.endedAsPlanned || node.endedInWake
  }

  // MARK: Starting and stopping

  mutating func begin(_ line: NodeCommandLine) throws(RunFailure) {
    let log = directory.log(of: line.name)
    let file = open(log.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard file >= 0 else {
      throw RunFailure("cannot write the log", at: log.relativePath, remedy: "check free space and permissions")
    }
    do throws(SpawnFailure) {
      let process = try spawn(line, log: file)
      nodes.append(NodeProcess(line: line, log: log, process: process))
    } catch {
      throw RunFailure(
        "\(line.name) could not be started: \(error.reason)", at: programs.path(of: line.program),
        remedy: "build it, and see that it may be executed")
    }
  }

  /// The base station's standard output comes here and goes on to its log; all else goes straight to the logs.
  private mutating func spawn(_ line: NodeCommandLine, log: Int32) throws(SpawnFailure) -> ChildProcess {
    let program = programs.path(of: line.program)
    guard line.role == .baseStation else {
      defer { close(log) }
      return try ChildProcess(program, line.arguments, output: log, errors: log)
    }
    let (pipe, writing) = try LinePipe.make(log: log)
    defer { close(writing) }
    station = pipe
    return try ChildProcess(program, line.arguments, output: writing, errors: log)
  }

  private mutating func stopAll() {
    progress.show("stopping")
    for index in nodes.indices where nodes[index].process.isRunning {
      nodes[index].wasStopped = true
      nodes[index].process.send(SIGTERM)
      // One that stands still hears of it when it goes on.
      if nodes[index].isPaused { nodes[index].process.send(SIGCONT) }
    }
    waitForDeaths(atMost: Self.grace)
    for index in nodes.indices where nodes[index].process.isRunning {
      nodes[index].wasKilled = true
      nodes[index].process.send(SIGKILL)
    }
    // Nothing survives SIGKILL but a process that the kernel holds; that one cannot be waited for.
    waitForDeaths(atMost: Self.grace)
  }

  private mutating func waitForDeaths(atMost time: Duration) {
    let deadline = monotonicNow() + time.inNanoseconds
    while true {
      for index in nodes.indices { _ = nodes[index].process.reap() }
      readStatus()
      let left = deadline - monotonicNow()
      guard nodes.contains(where: \.process.isRunning), left > 0 else { return }
      Descriptor.wait(for: [signals.descriptor, station?.descriptor ?? -1], nanoseconds: left)
      // The stop is under way: being asked again changes nothing.
      while signals.next() != nil {}
    }
  }

  // MARK: What went wrong

  private func death(of node: NodeProcess) -> RunFailure {
    let words = NodeLog.lastLine(of: node.log).map { "it said: \($0)" } ?? "its log is empty"
    let how = node.process.end == .status(0) ? "ended early" : node.fate
    return RunFailure(
      "\(node.name) \(how) \(moment)", at: node.log.relativePath, remedy: words, cause: "\(node.name) \(how)")
  }

  private func interruption(by signal: Int32) -> RunFailure {
    let name = [SIGINT: "SIGINT", SIGTERM: "SIGTERM", SIGHUP: "SIGHUP"][signal] ?? "signal \(signal)"
    return RunFailure(
      "stopped by \(name) \(moment)", at: directory.url.relativePath, remedy: "what was traced until then is there",
      cause: name, signal: signal)
  }

  private var moment: String {
    guard let start, monotonicNow() >= start else { return "before the run began" }
    return String(format: "%.1f s into the run", Double(monotonicNow() - start) / 1e9)
  }
  private func log(of node: String) -> String { directory.log(of: node).relativePath }
}
