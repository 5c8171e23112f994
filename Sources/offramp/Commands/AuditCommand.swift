import ArgumentParser
import TraceAnalysis

struct AuditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit", abstract: "Checks a run's traces against every invariant; writes nothing.",
    discussion: "Exit status: 0 valid, 3 INVALID, 1 where there is no run to read.")

  @Argument(help: ArgumentHelp("The run's directory.", valueName: "run"))
  var directory: String

  func run() throws {
    let (_, verdict) = RunAnalysis.judge(try Run(RunDirectory(directory)))
    print(VerdictText(verdict).text)
    if !verdict.isValid { throw CommandFailure(code: 3) }
  }
}
