import ArgumentParser

struct SimulateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate", abstract: "Runs a topology in virtual time: every node a value in this process.",
    discussion: """
      The same nodes and policies as 'offramp run', driven by a clock that jumps from event to event; the same traces, \
      tables, summary and verdict. Engines go by their latency table or profile, and answer what the model answered \
      when it was made. The same topology and seed give the same traces, byte for byte. With --no-traces the run is \
      judged by the same rules while it happens, in memory that does not grow with its length.

      Exit status: 0 the run is valid, 1 bad usage or topology, 2 the run failed, 3 it finished but is INVALID.
      """)

  @Argument(help: "The topology's YAML file.")
  var topology: String
  @Option(help: ArgumentHelp("The run's directory (default: runs/NAME-DATE-TIME).", valueName: "dir"))
  var output: String?
  @Flag(help: "Leave only summary and verdict, judged as the run happens: no traces, tables or timeline.")
  var noTraces = false
  @OptionGroup var options: TopologyOptions

  func run() throws {
    let checked = try CheckedTopology(path: topology, overrides: options.overrides())
    let interruption = Interruption()
    defer { interruption.end() }
    try VirtualRun(checked, output: output, writesTraces: !noTraces, interruption: interruption).perform()
  }
}
