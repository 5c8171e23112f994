import EdgeModel
import TopologyFiles
import TraceAnalysis
import Units

/// What to type to run a topology by hand, as shell commands with comments.
struct ByHandScript {
  private let checked: CheckedTopology
  private let traces: String
  private let programs: String

  init(_ checked: CheckedTopology, traces: String, programs: String) {
    self.checked = checked
    self.traces = traces
    self.programs = programs
  }

  private var run: String {
    let name = checked.topology.name
    return name.hasSuffix("by-hand") ? name : "\(name)-by-hand"
  }

  var text: String {
    let topology = checked.topology
    let endpoints = ByHandEndpoints(topology)
    let lines = TopologyCommandLines(topology, sha256: checked.file.sha256, traces: traces, isLaunched: false)
    var parts = [
      """
      # The topology \(topology.name), by hand: one command per terminal, in any order. The run begins when all are ready.
      # On every host, in a directory that has the model's files where the commands name them:
      export PATH=\(ShellText.quote(programs)):"$PATH"
      mkdir -p \(ShellText.quote(traces))
      """
    ]
    parts.append(
      part(
        "The base station listens at its host's addresses; nodes on other hosts need one that they can reach.",
        lines.baseStation(run: run, at: endpoints.station, tellsStatus: false)))
    for (worker, endpoint) in zip(topology.workers, endpoints.workers) {
      let line = lines.worker(worker, station: endpoints.station.workers, at: endpoint)
      parts.append(part("Worker \(worker.name); devices connect to where it listens.", line))
    }
    for line in lines.emulators(station: endpoints.station.devices) {
      let (first, last) = (line.devices.lowerBound, line.devices.upperBound - 1)
      parts.append(part(first == last ? "Device \(first)." : "Devices \(first) to \(last).", line))
    }
    let faults = topology.faults.filter(\.endsOrStopsProcess)
    if !faults.isEmpty {
      let list = faults.map { "#   \($0)" }.joined(separator: "\n")
      parts.append(
        "# What is planned for processes is yours to do (SIGKILL, SIGTERM, SIGSTOP and SIGCONT; the same command again):\n"
          + list)
    }
    parts.append(
      """
      # When all have ended: bring every host's traces to one, and name all their directories.
      \(ShellText.line(collect))
      """)
    return parts.joined(separator: "\n\n")
  }

  private var collect: [String] {
    let overrides = checked.overrides
    var words = ["offramp", "collect", traces, "--topology", checked.file.path]
    if let policy = overrides.policy { words += ["--policy", policy] }
    if let seed = overrides.seed { words += ["--seed", "\(seed)"] }
    if let duration = overrides.duration { words += ["--duration", duration.inWords] }
    return words + ["--output", "runs/\(run)"]
  }

  private func part(_ comment: String, _ line: NodeCommandLine) -> String {
    "# \(comment)\n\(ShellText.line([line.program] + line.arguments))"
  }
}
