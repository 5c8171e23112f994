import ArgumentParser
import TraceAnalysis

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Writes runs' tables, summaries and timelines anew from their traces.")

  @Argument(help: "The runs' directories.")
  var runs: [String]

  func run() throws {
    for (index, path) in runs.enumerated() {
      let (summary, verdict) = try RunAnalysis.analyse(RunDirectory(path))
      if index > 0 { print() }
      print(RunReport(summary, verdict), "\nrun: \(path)", separator: "\n")
    }
  }
}
