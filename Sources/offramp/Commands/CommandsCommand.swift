import ArgumentParser
import EdgeModel

struct CommandsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "commands", abstract: "Prints the command lines that start each node of a topology by hand.")

  @Argument(help: "The topology's YAML file.")
  var topology: String
  @Option(help: ArgumentHelp("Where each node leaves its trace.", valueName: "dir"))
  var traces = "traces"
  @OptionGroup var options: TopologyOptions

  func run() throws {
    let checked = try CheckedTopology(path: topology, overrides: options.overrides())
    try LiveFaults.check(checked)
    let programs = try ProgramDirectory()
    print(ByHandScript(checked, traces: traces, programs: programs.path).text)
  }
}
