import ArgumentParser
import Foundation
import TopologyFiles
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

  @Option(help: ArgumentHelp("The topology that the nodes ran, for its name, groups and limits.", valueName: "file"))
  var topology: String?
  @OptionGroup var options: TopologyOptions

  func run() throws {
    let checked = try topology.map { try CheckedTopology(path: $0, overrides: options.overrides()) }
    let run = RunDirectory(output)
    try RunCollection.collect(directories, into: run)
    if let checked { try describe(run, by: checked) }
    let (summary, verdict) = try RunAnalysis.analyse(run)
    print(RunReport(summary, verdict), "\nrun: \(output)", separator: "\n")
    if !verdict.isValid { throw CommandFailure(code: 3) }
  }

  /// Puts the topology's values in place of what the traces alone could tell.
  private func describe(_ run: RunDirectory, by checked: CheckedTopology) throws {
    guard let inferred = try run.readDescription() else { return }
    guard inferred.topologySHA256 == checked.file.sha256 else {
      // The directory is this command's own work, and half of it would be in the way of the next try.
      try? FileManager.default.removeItem(at: run.url)
      throw CommandFailure(
        "the traces are of another topology", at: checked.file.path,
        remedy: "name the file that the nodes ran, unchanged, or leave --topology out")
    }
    try run.write(RunDescription(checked, run: inferred.run, nodes: inferred.nodes))
    try Data(checked.file.text.utf8).write(to: run.topology)
  }
}
