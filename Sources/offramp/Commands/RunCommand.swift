import ArgumentParser

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Runs a topology live: every node a process of its own.",
    discussion: """
      Starts the base station, the workers and the device emulators on this host, shows how far the run is, collects \
      the traces, audits them, and writes tables, summary, timeline and verdict.

      Exit status: 0 the run is valid, 1 bad usage or topology, 2 the run failed, 3 it finished but is INVALID.
      """)

  @Argument(help: "The topology's YAML file.")
  var topology: String
  @Option(help: ArgumentHelp("The run's directory (default: runs/NAME-DATE-TIME).", valueName: "dir"))
  var output: String?
  @OptionGroup var options: TopologyOptions

  func run() throws {
    let checked = try CheckedTopology(path: topology, overrides: options.overrides())
    try LaunchedRun(checked, output: output).perform()
  }
}
