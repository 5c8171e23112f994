import ArgumentParser
import TraceAnalysis

struct CollectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "collect",
    abstract: "Joins the traces of nodes that were started by hand into a run's directory, audits and reports.",
    discussion: "Exit status: 0 valid, 3 INVALID, 1 where the traces cannot be joined.")

  @Argument(help: "Directories that hold the nodes' traces.")
  var directories: [String]
  @Option(help: ArgumentHelp("The run's directory, to be made.", valueName: "run"))
  var output: String

  func run() throws {
    let run = RunDirectory(output)
    try RunCollection.collect(directories, into: run)
    let (summary, verdict) = try RunAnalysis.analyse(run)
    print(RunReport(summary, verdict), "\nrun: \(output)", separator: "\n")
    if !verdict.isValid { throw CommandFailure(code: 3) }
  }
}
